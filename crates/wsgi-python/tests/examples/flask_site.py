"""Flask: `wsgi-rs flask_site:app`."""

from flask import Flask, Response, make_response, request, send_file

app = Flask(__name__)
app.secret_key = "of an example"


@app.get("/hello/<name>")
def hello(name):
    return f"Hello {name}!\n"


@app.post("/form")
def form():
    sizes = {"text": request.form["text"], "file": len(request.files["file"].read())}
    response = make_response(sizes)
    response.set_cookie("seen", "yes", httponly=True)
    return response


@app.get("/stream")
def stream():
    return Response((f"line {number}\n" for number in range(3)), mimetype="text/plain")


@app.get("/file")
def file():
    return send_file(__file__)


@app.get("/fails")
def fails():
    raise RuntimeError("on purpose")
