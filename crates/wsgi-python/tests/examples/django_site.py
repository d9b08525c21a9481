"""Django in one file: `wsgi-rs django_site:application`. A project of `django-admin startproject
shop` is served with `wsgi-rs shop.wsgi:application`."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="of an example",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)


def hello(request, name):
    return HttpResponse(f"Hello {name}!\n")


def form(request):
    size = len(request.FILES["file"].read())
    response = JsonResponse({"text": request.POST["text"], "file": size})
    response.set_cookie("seen", "yes", httponly=True)
    return response


def stream(request):
    lines = (f"line {number}\n" for number in range(3))
    return StreamingHttpResponse(lines, content_type="text/plain")


def file(request):
    return FileResponse(open(__file__, "rb"))


def fails(request):
    raise RuntimeError("on purpose")


urlpatterns = [
    path("hello/<name>", hello), path("form", form), path("stream", stream), path("file", file),
    path("fails", fails),
]

django.setup()
application = get_wsgi_application()
