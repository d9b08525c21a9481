"""Certificates of tests."""

import ssl
import subprocess


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make(folder, name, issuer=None):
    """Makes `name.pem` and `name.key` for 127.0.0.1. Without an issuer it is one itself."""
    common = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
              f"{name}.key", "-subj", f"/CN={name}"]
    if issuer is None:
        openssl(folder, "req", "-x509", *common, "-out", f"{name}.pem", "-days", "2",
                "-addext", "subjectAltName=IP:127.0.0.1")
        return
    openssl(folder, "req", *common, "-out", f"{name}.csr")
    (folder / "extensions").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey",
            f"{issuer}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile",
            "extensions")


def client(folder, authority, name=None):
    """The setup of a client that trusts this authority, with a certificate of its own."""
    context = ssl.create_default_context(cafile=folder / f"{authority}.pem")
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context
