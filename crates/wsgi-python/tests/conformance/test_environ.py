"""PEP 3333, section "environ Variables", and its subsection "URL Reconstruction"."""

import json
import sys
from urllib.parse import quote

import pytest

from gate import wait
from pages import Pages, argument, ok

pages = Pages()


@pages.page
def variables(environ, start_response):
    """All variables, as JSON. Those that are no strings are described."""
    start_response("200 OK", [("Content-Type", "application/json")])
    kept = {
        key: value if isinstance(value, (str, bool)) else repr(value)
        for key, value in environ.items()
        if isinstance(key, str)
    }
    return [json.dumps(kept).encode()]


@pages.page
def types(environ, start_response):
    """Whatever is not as the section says, a line each."""
    faults = []
    if type(environ) is not dict:
        faults.append(f"environ is a {type(environ)}")
    for key, value in environ.items():
        if type(key) is not str:
            faults.append(f"{key!r} is a key")
        elif key.isupper() and type(value) is not str:
            faults.append(f"{key} is {value!r}")
        elif key.isupper() and any(ord(c) > 255 for c in value):
            faults.append(f"{key} has {value!r}")
    ok(start_response)
    return ["\n".join(faults).encode()]


@pages.page
def modified(environ, start_response):
    had = "test.mark" in environ, environ["wsgi.url_scheme"]
    environ["test.mark"] = object()
    environ["wsgi.url_scheme"] = "gopher"
    del environ["REQUEST_METHOD"]
    environ.clear()
    ok(start_response)
    return [repr(had).encode()]


@pages.page
def url(environ, start_response):
    """The algorithm of the section "URL Reconstruction"."""
    url = environ["wsgi.url_scheme"] + "://"
    if environ.get("HTTP_HOST"):
        url += environ["HTTP_HOST"]
    else:
        url += environ["SERVER_NAME"]
        if environ["SERVER_PORT"] != "80":
            url += ":" + environ["SERVER_PORT"]
    url += quote(environ.get("SCRIPT_NAME", ""), encoding="latin-1")
    url += quote(environ.get("PATH_INFO", ""), encoding="latin-1")
    if environ.get("QUERY_STRING"):
        url += "?" + environ["QUERY_STRING"]
    ok(start_response)
    return [url.encode()]


@pages.page
def interned(environ, start_response):
    strangers = [key for key in environ if sys.intern(key) is not key]
    ok(start_response)
    return [" ".join(strangers).encode()]


@pages.page
def positional(environ, start_response):
    ok(start_response)
    return [b"called"]


@pages.page
def waiting(environ, start_response):
    wait(argument(environ, "gate"))
    ok(start_response)
    return [b"done"]


def read(response):
    assert response.status == 200, response
    return json.loads(response.body)


def test_environ_is_a_builtin_dict_with_native_strings(visit):
    fields = [("X-Latin", b"caf\xe9"), ("Cookie", b"a=\xff")]
    response = visit("types?caf%C3%A9", fields=fields)
    assert (response.status, response.body) == (200, b"")


@pytest.mark.unwrapped
def test_an_application_may_change_environ_and_the_next_request_does_not_see_it(visit):
    for _ in range(2):
        assert visit("modified").body == b"(False, 'http')"


def test_the_required_variables_are_there(visit):
    environ = read(visit("variables?a=1&b=%2F"))
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ.get("SCRIPT_NAME", "") == ""
    assert environ["PATH_INFO"] == visit.way + "/variables"
    assert environ["QUERY_STRING"] == "a=1&b=%2F"
    assert environ["SERVER_NAME"]
    assert environ["SERVER_PORT"] == str(visit.client.socket.getpeername()[1])
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_method_is_kept(visit, method):
    assert read(visit("variables", method))["REQUEST_METHOD"] == method


@pytest.mark.unwrapped
def test_a_method_of_an_extension_is_kept(visit):
    assert read(visit("variables", "PROPFIND"))["REQUEST_METHOD"] == "PROPFIND"


def test_the_protocol_is_that_of_the_request(visit):
    assert read(visit("variables", version="1.0"))["SERVER_PROTOCOL"] == "HTTP/1.0"


def test_a_query_that_is_absent_is_empty(visit):
    assert read(visit("variables")).get("QUERY_STRING", "") == ""


def test_the_path_is_decoded_to_latin_1(visit):
    environ = read(visit.client.exchange("/variables/caf%C3%A9%20%FF?caf%C3%A9"))
    assert environ["PATH_INFO"] == "/variables/caf\xc3\xa9 \xff"
    assert environ["QUERY_STRING"] == "caf%C3%A9"


@pytest.mark.beyond
def test_an_escaped_slash_is_a_slash_in_the_path_and_stays_in_request_uri(visit):
    environ = read(visit.client.exchange("/variables/a%2Fb"))
    assert environ["PATH_INFO"] == "/variables/a/b"
    assert environ["REQUEST_URI"] == "/variables/a%2Fb"


@pytest.mark.beyond
def test_an_escaped_zero_byte_is_refused(client):
    assert client.exchange("/variables/a%00b").status == 400


@pytest.mark.beyond
def test_the_target_is_kept_as_received(visit):
    target = f"{visit.way}/variables?a=%7E~&b=%2f"
    environ = read(visit.client.exchange(target))
    assert environ["REQUEST_URI"] == target
    assert environ["RAW_URI"] == target


def test_an_absolute_target_has_its_path_alone(client):
    environ = read(client.exchange("http://other.example:81/variables?a=1", host="test.example"))
    assert environ["PATH_INFO"] == "/variables"
    assert environ["QUERY_STRING"] == "a=1"


@pytest.mark.beyond
def test_the_authority_of_an_absolute_target_replaces_the_host(client):
    # RFC 9112, section 3.2.2.
    environ = read(client.exchange("http://other.example:81/variables", host="test.example"))
    assert environ["HTTP_HOST"] == "other.example:81"


def test_content_type_and_content_length_have_no_prefix(visit):
    fields = [("Content-Type", "application/x-test"), ("Content-Length", 3)]
    environ = read(visit("variables", "POST", fields=fields, body=b"abc"))
    assert environ["CONTENT_TYPE"] == "application/x-test"
    assert environ["CONTENT_LENGTH"] == "3"
    assert "HTTP_CONTENT_TYPE" not in environ and "HTTP_CONTENT_LENGTH" not in environ


def test_content_type_and_content_length_that_are_absent_are_empty(visit):
    environ = read(visit("variables"))
    assert environ.get("CONTENT_TYPE", "") == ""
    assert environ.get("CONTENT_LENGTH", "") == ""


def test_fields_become_variables(visit):
    fields = [("Accept", "text/html"), ("X-Long-Name", "  padded\t"), ("x-lower", "1")]
    environ = read(visit("variables", fields=fields))
    assert environ["HTTP_HOST"] == "test.example"
    assert environ["HTTP_ACCEPT"] == "text/html"
    assert environ["HTTP_X_LONG_NAME"] == "padded"
    assert environ["HTTP_X_LOWER"] == "1"
    assert "HTTP_USER_AGENT" not in environ


def test_an_empty_field_is_an_empty_variable(visit):
    assert read(visit("variables", fields=[("X-Empty", "")]))["HTTP_X_EMPTY"] == ""


def test_fields_of_one_name_are_joined(visit):
    fields = [("X-List", "a"), ("Accept", "b"), ("X-List", "c")]
    joined = read(visit("variables", fields=fields))["HTTP_X_LIST"]
    assert [part.strip() for part in joined.split(",")] == ["a", "c"]


@pytest.mark.beyond
def test_cookies_are_joined_by_semicolons(visit):
    fields = [("Cookie", "a=1"), ("Cookie", "b=2")]
    assert read(visit("variables", fields=fields))["HTTP_COOKIE"] == "a=1; b=2"


def test_the_values_of_wsgi_are_there(visit):
    environ = read(visit("variables"))
    assert environ["wsgi.version"] == "(1, 0)"
    assert environ["wsgi.url_scheme"] == "http"
    for name in ["wsgi.input", "wsgi.errors"]:
        assert name in environ
    for name in ["wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"]:
        assert environ[name] in (True, False, "0", "1"), name


def test_run_once_is_false_in_a_server(visit):
    assert read(visit("variables"))["wsgi.run_once"] in (False, "0")


def test_a_process_that_is_alone_says_so(visit):
    assert read(visit("variables"))["wsgi.multiprocess"] in (False, "0")


def test_a_server_that_says_it_has_threads_calls_in_parallel(server, client, gate):
    says = read(client.exchange("/variables"))["wsgi.multithread"] in (True, "1")
    with type(client)(server.port) as other:
        client.request(f"/waiting?gate={gate.port}")
        gate.arrival()
        if says:
            other.request(f"/waiting?gate={gate.port}")
            gate.arrival()
            gate.open()
            assert other.response().status == 200
        gate.open()
        assert client.response().status == 200


@pytest.mark.beyond
def test_a_server_has_threads(visit):
    assert read(visit("variables"))["wsgi.multithread"] in (True, "1")


@pytest.mark.should
def test_the_client_and_the_server_are_named(visit):
    environ = read(visit("variables"))
    host, port = visit.client.socket.getsockname()
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == (host, str(port))
    assert environ["SERVER_SOFTWARE"]


@pytest.mark.should
def test_variables_of_the_server_have_lower_case_names_with_a_prefix(visit):
    environ = read(visit("variables"))
    strange = [name for name in environ if not name.isupper() and "." not in name]
    assert strange == []


@pytest.mark.should
def test_a_missing_variable_is_left_out(visit):
    environ = read(visit("variables"))
    for name in ["REMOTE_USER", "AUTH_TYPE", "HTTPS", "PATH_TRANSLATED"]:
        assert not environ.get(name), name


@pytest.mark.beyond
def test_the_end_of_the_input_is_announced(visit):
    assert read(visit("variables"))["wsgi.input_terminated"] is True


@pytest.mark.beyond
def test_a_file_wrapper_is_offered(visit):
    assert "wsgi.file_wrapper" in read(visit("variables"))


@pytest.mark.beyond
def test_a_proxy_field_is_no_http_proxy(visit):
    # CVE-2016-5385 ("httpoxy"): programs take HTTP_PROXY for their own setting.
    fields = [("Proxy", "http://evil.example"), ("pRoXy", "http://evil.example")]
    assert "HTTP_PROXY" not in read(visit("variables", fields=fields))


@pytest.mark.beyond
@pytest.mark.parametrize("others", [[], [("X-Real-Name", "right")]], ids=["alone", "beside"])
def test_a_name_with_an_underscore_cannot_pass_for_another(visit, others):
    fields = [("X_Real_Name", "evil"), *others, ("X_Real-Name", "evil")]
    environ = read(visit("variables", fields=fields))
    assert environ.get("HTTP_X_REAL_NAME", "right") == "right"


@pytest.mark.beyond
def test_a_content_length_with_an_underscore_is_no_length(visit):
    fields = [("Content_Length", "5"), ("Content_Type", "evil/evil")]
    environ = read(visit("variables", fields=fields))
    assert environ.get("CONTENT_LENGTH", "") == "" and environ.get("CONTENT_TYPE", "") == ""


def test_the_url_of_the_request_can_be_reconstructed(visit):
    target = f"{visit.way}/url?a=1&b"
    assert visit("url?a=1&b").body == b"http://test.example" + target.encode()


def test_the_url_without_a_host_has_the_name_and_port_of_the_server(visit):
    response = visit("url", version="1.0", host=None)
    port = visit.client.socket.getpeername()[1]
    assert response.body.endswith(f":{port}{visit.way}/url".encode()), response


@pytest.mark.beyond
@pytest.mark.unwrapped
def test_the_keys_are_interned(visit):
    fields = [("Accept", "*/*"), ("User-Agent", "test"), ("Cookie", "a=b")]
    assert visit("interned", fields=fields).body == b""


def test_the_application_is_called_with_positional_arguments(visit):
    assert visit("positional").body == b"called"
