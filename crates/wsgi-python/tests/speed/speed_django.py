"""The hello world of Django."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="of a measurement",
                   MIDDLEWARE=["django.middleware.common.CommonMiddleware"], LOGGING_CONFIG=None)

urlpatterns = [path("hello", lambda request: HttpResponse("Hello, world!"))]

django.setup()
app = get_wsgi_application()
