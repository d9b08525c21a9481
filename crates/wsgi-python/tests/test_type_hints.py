"""The type hints of the package. They are for type checkers, so that nothing else reads them."""

import ast
from pathlib import Path

import wsgi_rs
from wsgi_rs.options import ALL

PACKAGE = Path(wsgi_rs.__file__).parent
HINTS = ast.parse((PACKAGE / "__init__.pyi").read_text())

# These are about processes, of which `serve` starts none.
OF_PROCESSES = {
    "workers", "preload", "start_timeout", "max_requests", "max_requests_jitter", "max_rss",
    "reload", "pid_file", "chdir",
}


def test_serve_takes_every_option_that_is_not_about_processes():
    serve = next(node for node in HINTS.body
                 if isinstance(node, ast.FunctionDef) and node.name == "serve")
    names = [argument.arg for argument in serve.args.args + serve.args.kwonlyargs]
    assert names == ["app", *(option.key for option in ALL if option.key not in OF_PROCESSES)]
    assert (PACKAGE / "py.typed").exists()


def test_every_setting_with_a_hint_is_known():
    """Each setting of the server refuses a wrong value by its name, and no unknown name."""
    from wsgi_rs._wsgi_rs import Sockets, check
    from wsgi_rs.options import OF_THE_COMMAND

    for option in ALL:
        if option.key in OF_THE_COMMAND:
            continue
        try:
            check([], Sockets([]), **{option.key: object()})
        except (TypeError, ValueError) as error:
            assert str(error).startswith(f"the setting `{option.key}`: "), error
            assert "there is no such setting" not in str(error)
        else:
            raise AssertionError(f"{option.key} takes anything")


def test_every_public_name_has_hints():
    named = {node.name for node in HINTS.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert named == set(wsgi_rs.__all__)
