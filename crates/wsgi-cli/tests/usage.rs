//! The command line: help, errors, and the environment.

mod support;

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    process::{Command, Output},
};

use support::Program;

fn wsgi(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wsgi"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[track_caller]
fn check_refused(arguments: &[&str], code: i32, message: &str) {
    let output = wsgi(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(errors.contains(message), "{errors}");
    assert_eq!(output.stdout, b"");
}

#[test]
fn help_and_version_go_to_standard_output() {
    for (arguments, text) in [
        (&["--help"][..], "Usage: wsgi <COMMAND>"),
        (&["demo", "--help"], "--bind <ADDR>"),
        (&["help", "session-server"], "--database <FILE>"),
    ] {
        let help = wsgi(arguments);
        assert!(help.status.success());
        let shown = String::from_utf8_lossy(&help.stdout);
        assert!(shown.contains(text), "{shown}");
        assert_eq!(help.stderr, b"");
    }
    let version = wsgi(&["--version"]);
    assert!(version.status.success());
    let expected = concat!("wsgi ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8_lossy(&version.stdout), expected);
}

#[test]
fn wrong_arguments_are_named_and_end_with_2() {
    check_refused(&[], 2, "a command is missing");
    check_refused(&["demo", "--port", "80"], 2, "unknown option \"--port\"");
    check_refused(&["demo", "--threads", "many"], 2, "not \"many\"");
    check_refused(
        &["demo", "--session-store", "x"],
        2,
        "--session-store takes",
    );
    check_refused(&["session-server"], 2, "--socket is missing");
}

#[test]
fn an_option_whose_value_is_not_utf_8_is_named_without_its_value() {
    let program = |arguments: &[&[u8]], variables: &[(&str, &[u8])]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command.args(arguments.iter().map(|it| OsStr::from_bytes(it)));
        command.envs(variables.iter().map(|it| (it.0, OsStr::from_bytes(it.1))));
        let output = command.output().expect("the program starts");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let (path, secret): (&[u8], &[u8]) = (b"/a\xe9", b"redis://:secret\xe9@host");
    let with_name = [b"--session-store=", secret].concat();
    let bind: [&[u8]; 2] = [b"--bind", b"unix:/run/\xe9"];
    let demo: &[u8] = b"demo";
    let rows = [
        (program(&[&[demo][..], &bind].concat(), &[]), "--bind"),
        (
            program(&[demo, b"--session-store", secret], &[]),
            "--session-store",
        ),
        (program(&[demo, &with_name], &[]), "--session-store"),
        (program(&[demo], &[("WSGI_BIND", bind[1])]), "WSGI_BIND"),
        // A path may have any bytes.
        (
            program(&[demo, b"--cookie-key", path, bind[0], bind[1]], &[]),
            "--bind",
        ),
        (
            program(&[demo, b"--access-log", path, bind[0], bind[1]], &[]),
            "--bind",
        ),
        (
            program(&[demo, bind[0], bind[1]], &[("WSGI_COOKIE_KEY", path)]),
            "--bind",
        ),
        (program(&[b"static", path, bind[0], bind[1]], &[]), "--bind"),
        (
            program(&[b"static", b"--listing", path, bind[0], bind[1]], &[]),
            "--bind",
        ),
    ];
    for (errors, name) in rows {
        let expected = format!("wsgi: the value of {name} is not UTF-8\n");
        assert!(errors.starts_with(&expected), "{errors}");
        assert!(!errors.contains("secret"), "{errors}");
    }
}

#[test]
fn a_variable_sets_an_option_that_the_arguments_do_not() {
    let run = |variable, value, arguments: &[&str]| {
        let program = Command::new(env!("CARGO_BIN_EXE_wsgi"))
            .args(arguments)
            .env(variable, value)
            .output();
        let output = program.expect("the program starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), errors, output.stdout)
    };
    let (code, errors, _) = run("WSGI_THREADS", "many", &["demo"]);
    assert_eq!(code, Some(2));
    assert!(
        errors.contains("WSGI_THREADS takes a number of at least 1, not \"many\""),
        "{errors}"
    );
    let store = ["demo", "--session-store=file:/no/such/folder/a"];
    let (code, errors, _) = run("WSGI_COOKIE_KEY", "/no/such/key", &store);
    assert_eq!(code, Some(1));
    assert!(
        errors.contains("cannot read the cookie key /no/such/key"),
        "{errors}"
    );
    assert!(errors.contains("; create its folder first"), "{errors}");
    let given = [
        "demo",
        "--session-store=file:/no/such/folder/a",
        "--cookie-key=/no/such/other",
    ];
    let (_, errors, _) = run("WSGI_COOKIE_KEY", "/no/such/key", &given);
    assert!(errors.contains("/no/such/other"), "{errors}");
    let (code, _, help) = run(
        "WSGI_SESSION_STORE",
        "redis://user:hush@host/",
        &["demo", "--help"],
    );
    assert_eq!(code, Some(0));
    assert!(
        !String::from_utf8_lossy(&help).contains("hush"),
        "the help shows a password"
    );
}

#[test]
fn completions_and_the_manual_go_to_standard_output() {
    for (shell, text) in [
        ("bash", "complete -F _wsgi"),
        ("fish", "complete -c wsgi"),
        ("zsh", "#compdef wsgi"),
    ] {
        let output = wsgi(&["completions", shell]);
        assert!(output.status.success(), "{shell}");
        let script = String::from_utf8_lossy(&output.stdout);
        assert!(script.contains(text), "{script}");
        assert!(script.contains("session-store"), "{script}");
        assert!(script.contains("no-legacy"), "{script}");
        assert!(!script.contains("detached"), "a hidden option: {script}");
    }
    for (command, text) in [(&[][..], "wsgi"), (&["demo"], "wsgi-demo")] {
        let output = wsgi(&[&["man"], command].concat());
        assert!(output.status.success());
        let page = String::from_utf8_lossy(&output.stdout);
        assert!(page.contains(&format!(".TH {text} 1")), "{page}");
    }
    check_refused(&["completions", "sh"], 2, "takes");
}

#[test]
fn an_address_that_cannot_be_listened_on_ends_with_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let message = format!("wsgi: cannot listen on {address}: Address already in use");
    let advice = "; end the program that listens there, or choose another address\n";
    for (address, message) in [
        (&*address, &*message),
        (&address, advice),
        ("192.0.2.1:0", "; choose an address of this machine"),
        ("unix:/no/such/s", "; create the folder of the socket first"),
        ("name.invalid:0", "cannot listen on name.invalid:0: "),
    ] {
        let demo = ["demo", "--session-store", "memory", "--bind", address];
        check_refused(&demo, 1, message);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let database = format!("--database={}/d", folder.path().display());
    let server = ["session-server", "--socket=/no/such/s", &database];
    check_refused(&server, 1, "; create the folder of the socket first");
}

#[test]
fn a_store_or_a_key_that_cannot_be_opened_ends_with_1() {
    let message = "cannot open the session store file:/no/such/folder/a";
    let demo = ["demo", "--session-store=file:/no/such/folder/a"];
    check_refused(
        &[&demo[..], &["--cookie-key=/no/such/key"]].concat(),
        1,
        "cannot read the cookie key /no/such/key",
    );
    let key = tempfile::tempdir().expect("a folder");
    let key = format!("--cookie-key={}/key", key.path().display());
    check_refused(&[demo[0], demo[1], &key], 1, message);
    let url = "redis://user:hush@host:no-port/";
    let output = wsgi(&["demo", "--session-store", url, &key]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(!errors.contains("hush"), "{errors}");
    if cfg!(not(feature = "redis")) {
        assert!(errors.contains("--features redis`"), "{errors}");
    }
}

#[test]
fn a_wrong_value_of_a_variable_is_named_with_the_variable() {
    let bind = "WSGI_BIND takes a host and a port";
    for (command, variable, value, message) in [
        ("demo", "WSGI_BIND", "floppy", bind),
        ("demo", "WSGI_BIND", "", bind),
        ("demo", "WSGI_PROTOCOL", "ajp", "WSGI_PROTOCOL takes http,"),
        (
            "session-server",
            "WSGI_DAEMON",
            "maybe",
            "WSGI_DAEMON takes true or false, not \"maybe\"",
        ),
        (
            "session-server",
            "WSGI_SOKET",
            "/run/sessions",
            "unknown variable WSGI_SOKET; did you mean WSGI_SOCKET?",
        ),
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        let output = program.arg(command).env(variable, value).output();
        let output = output.expect("the program starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains(message), "{errors}");
        assert!(errors.contains(&format!("See `wsgi {command} --help`.")));
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn an_unknown_variable_is_in_the_way_of_no_help() {
    for arguments in [&["demo", "--help"][..], &["completions", "bash"], &["man"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        let output = program.args(arguments).env("WSGI_XYZ", "1").output();
        let output = output.expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_served_says_what_to_do() {
    for folder in ["/no/such/folder", env!("CARGO_BIN_EXE_wsgi")] {
        let advice = "; name a folder that the program may read";
        check_refused(&["static", folder], 1, advice);
    }
}

/// The program uses no colours, not even if it is asked to.
#[test]
fn nothing_is_coloured() {
    for arguments in [&["--help"][..], &["static", "--help"], &["demo", "--x"]] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        let output = program.args(arguments).env("CLICOLOR_FORCE", "1").output();
        let output = output.expect("the program starts");
        for text in [output.stdout, output.stderr] {
            assert!(!text.contains(&0x1b), "{}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn a_store_that_cannot_be_reached_is_told_of_and_the_demo_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("unix:{}/s", folder.path().display());
    for more in [&[][..], &["--processes", "2"]] {
        let options = [&["--session-store", &store], more].concat();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
        command
            .args(["demo", "--bind", "127.0.0.1:0"])
            .args(&options);
        command.env("XDG_DATA_HOME", folder.path());
        let mut program = Program::without_address(command);
        // It is not known which line is the first.
        let lines = [program.next_error(), program.next_error()];
        let start = format!("wsgi demo: warning: cannot reach the session store {store}: ");
        let is_warning = |line: &&String| line.starts_with(&start);
        assert!(lines.iter().any(|line| is_warning(&line)), "{lines:?}");
        let serves = lines.iter().find_map(|line| line.split_once("http://"));
        let (_, address) = serves.expect("an address");
        program.address = address.split(' ').next().unwrap_or_default().to_owned();
        let (head, _) = program.get("/hello");
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    }
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsgi"));
    let output = command.arg("--help").stdout(writer).output();
    let output = output.expect("the program starts");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{output:?}"
    );
}
