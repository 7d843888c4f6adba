"""A webhook in Django that inserts one row a request: the shortest view there can be, and the usual one with DRF."""

import hashlib
import hmac
import os

import django
from django.conf import settings

if not settings.configured:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "django_settings")
django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

SECRET = os.environ["APP_SECRET"].encode()


class Delivery(models.Model):
    body = models.BinaryField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "references"
        db_table = "deliveries"
        managed = False


def is_signed(body, header):
    expected = "sha256=" + hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, header)


@csrf_exempt
def plain(request):
    if not is_signed(request.body, request.headers.get("X-Hub-Signature-256", "")):
        return HttpResponse(status=403)
    Delivery.objects.create(body=request.body)
    return HttpResponse("ok")


urlpatterns = [path("hook", plain)]

if os.environ.get("USUAL") == "1":
    from rest_framework.response import Response
    from rest_framework.views import APIView

    class Usual(APIView):
        authentication_classes = ()
        permission_classes = ()

        def post(self, request):
            body = request._request.body
            if not is_signed(body, request.headers.get("X-Hub-Signature-256", "")):
                return Response(status=403)
            Delivery.objects.create(body=body)
            return Response({"entries": len(request.data["entry"])})

    urlpatterns = [path("hook", Usual.as_view())]

application = get_wsgi_application()
