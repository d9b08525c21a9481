"""Bottle: `wsgi-rs bottle_site:app`."""

import bottle

app = bottle.Bottle()


@app.get("/hello/<name>")
def hello(name):
    return f"Hello {name}!\n"


@app.post("/form")
def form():
    bottle.response.set_cookie("seen", "yes", httponly=True)
    return {"text": bottle.request.forms.text, "file": len(bottle.request.files.file.file.read())}


@app.get("/stream")
def stream():
    bottle.response.content_type = "text/plain"
    for number in range(3):
        yield f"line {number}\n"


@app.get("/file")
def file():
    return bottle.static_file("bottle_site.py", root=__file__.rpartition("/")[0])


@app.get("/fails")
def fails():
    raise RuntimeError("on purpose")
