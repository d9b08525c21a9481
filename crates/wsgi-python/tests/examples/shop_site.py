"""A shop by Flask, with sessions, uploads, a streamed page and static files:

    wsgi-rs shop_site:app --workers 2 --static /assets=assets --tls-self-signed
"""

import hashlib
import os

from flask import Flask, Response, jsonify, request, session

app = Flask(__name__)
app.secret_key = "of an example, for all workers"


@app.get("/basket/<tea>")
def basket(tea):
    session["basket"] = [*session.get("basket", []), tea]
    return jsonify(session["basket"])


@app.post("/pictures")
def pictures():
    picture = request.files["picture"]
    return jsonify(name=picture.filename, digest=hashlib.sha256(picture.read()).hexdigest())


@app.get("/catalogue")
def catalogue():
    def lines():
        for number in range(1000):
            yield f"tea number {number}\n"

    return Response(lines(), mimetype="text/plain")


@app.get("/worker")
def worker():
    return str(os.getpid())
