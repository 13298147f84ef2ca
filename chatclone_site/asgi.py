"""The ASGI entry: pages through Django, sockets through Channels, foreign origins refused before anything else."""

import os
import warnings

# Static files are small and their iterators synchronous; the advice to change that is for somebody else.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatclone_site.settings")

import django

django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from chatclone_site.body import StreamingHandler
from chatclone_site.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": StreamingHandler(),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
