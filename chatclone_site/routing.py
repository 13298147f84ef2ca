"""Every socket of the site."""

from apps.chat.routing import websocket_urlpatterns as chat
from apps.jobs.routing import websocket_urlpatterns as jobs

websocket_urlpatterns = [*jobs, *chat]
