"""Pyramid: `wsgi-rs 'pyramid_site:main()'`."""

from pyramid.config import Configurator
from pyramid.response import FileResponse, Response


def hello(request):
    return Response(f"Hello {request.matchdict['name']}!\n")


def form(request):
    size = len(request.POST["file"].file.read())
    response = Response(json_body={"text": request.POST["text"], "file": size})
    response.set_cookie("seen", "yes", httponly=True)
    return response


def stream(request):
    lines = (f"line {number}\n".encode() for number in range(3))
    return Response(app_iter=lines, content_type="text/plain")


def file(request):
    return FileResponse(__file__, request=request)


def fails(request):
    raise RuntimeError("on purpose")


def main():
    with Configurator() as config:
        for view, path in [(hello, "/hello/{name}"), (form, "/form"), (stream, "/stream"),
                           (file, "/file"), (fails, "/fails")]:
            config.add_route(view.__name__, path)
            config.add_view(view, route_name=view.__name__)
        return config.make_wsgi_app()
