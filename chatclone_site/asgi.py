"""The ASGI entry: pages through Django, sockets through Channels, foreign origins refused before anything else."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatclone_site.settings")

from django.core.asgi import get_asgi_application

pages = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from chatclone_site.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {"http": pages, "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))}
)
