//! A CGI program as an application.

mod body_wait;
mod head;
mod life;
mod log;
mod output;
mod process;
mod request;
mod running;

use std::{
    ffi::{OsStr, OsString},
    fmt, io,
    path::{Path, PathBuf},
    time::Duration,
};

use wsgi_application::{Application, Body, Environ, ErrorFields, Result, StartResponse, Status};
use wsgi_gateway::{RequestLog, log_message};
use wsgi_headers::Headers;
use wsgi_middleware::InternalRedirect;

use self::{
    head::Answer,
    log::Log,
    output::{Output, TookTooLong},
    process::Process,
    request::{Passed, set_variables},
    running::{Place, Refusal, Running},
};

/// The time that a program has for a request.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The programs that run at once.
const MAX_PROGRAMS: usize = 64;

/// The seconds after which a client may try again if that many run.
const RETRY_AFTER: &str = "5";

/// A CGI program as an application: it is started for each request (RFC 3875).
///
/// The program gets the request in its environment variables and on its standard input, and writes
/// a head and a body to its standard output. It is started without a shell, in a process group of
/// its own. A [`CgiHandler`](crate::CgiHandler) is the other side.
///
/// - **Its environment** has the variables of the request, `GATEWAY_INTERFACE`, `SCRIPT_FILENAME`
///   (the program), `REDIRECT_STATUS` for PHP, the `PATH` of this process, further variables of the
///   environ that [`pass_variable`](Self::pass_variable) names, and what [`env`](Self::env) adds.
///   Nothing else of this process's environment is passed on. Neither are `HTTP_PROXY` and the
///   client's credentials, unless [`pass_credentials`](Self::pass_credentials) says so for these.
///   The same holds for what a redirect inside the site has kept of them, such as
///   `REDIRECT_HTTP_AUTHORIZATION`.
/// - **The body of the request** is passed on as it comes. It needs a length: without one, as with
///   chunks, the answer is 411 (RFC 3875 section 4.2). If the response is complete before the whole
///   body was read, the program's input stays open, so that a part never looks like the whole. It
///   ends at once if nothing was read by then.
/// - **The head of the response** has at most 64 KiB, and `Content-Type`, `Location` or `Status`,
///   each at most once (section 6.3). Fields of the connection are left out. The body is passed on
///   as it comes.
/// - **A `Location` that is a path** is a redirect inside the site (section 6.2.2): an
///   [`InternalRedirect`], which `InternalRedirects` of wsgi-middleware around the site follows,
///   once the program has closed its output. Cookies that are set beside it are kept; other fields
///   there are logged and left out. Another `Location` is a redirect of the client, with status 302
///   unless there is another.
/// - **Standard error** goes to `wsgi.errors`, line by line, up to 64 KiB for each request. A line
///   counts for 100 bytes more than it has, since the request's id, method and path, and the
///   program, come before each. Control characters are escaped.
/// - **A program that takes too long** is killed with its process group, after 60 seconds in which
///   it was waited for ([`time_limit`](Self::time_limit)), or at the deadline of the request. The
///   answer is 504, or the response is cut. It is killed, too, if the client leaves, if a client
///   that has ended its side has got nothing for five seconds, or if nobody wants its output before
///   it has closed it, as after a request with the method HEAD. One that has closed its output has
///   five seconds to end.
/// - **The end of the server** cuts requests, but their programs go on, as processes of their own.
///   [`stop`](Self::stop) kills them.
/// - **A program that cannot be started**, or whose head is malformed, is an error of the
///   application.
///
/// A program keeps a thread of the server until it has closed its output. Another thread gives it
/// the body of the request, and one waits for a program that goes on after its output. At most 64
/// programs run at once ([`max_programs`](Self::max_programs)): beyond, the answer is 503.
///
/// A program may read its input and write its output in any order. Names of programs with `nph-`
/// have no meaning: the head is always parsed.
///
/// When a response is dropped, the other thread may still have the body of the request. So a
/// program that gets requests with a body can only be the last application of a `Cascade` of
/// wsgi-middleware.
///
/// ```
/// use wsgi_handlers::CgiProgram;
/// use wsgi_testing::Request;
///
/// let script = "echo 'Content-Type: text/plain'; echo; echo \"Hello $QUERY_STRING!\"";
/// let app = CgiProgram::new("/bin/sh").argument("-c").argument(script);
/// assert_eq!(Request::get("/?world").call(&app).text(), "Hello world!\n");
/// ```
#[derive(Clone)]
pub struct CgiProgram {
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    time_limit: Duration,
    passed: Passed,
    max_programs: usize,
    running: Running,
}

impl CgiProgram {
    /// Makes an application of a program. A path without a slash is looked up in `PATH`.
    ///
    /// Another path should be absolute. A relative one is resolved in the folder that
    /// [`current_dir`](Self::current_dir) sets, and `SCRIPT_FILENAME` has it as it is.
    #[must_use]
    pub fn new(program: impl AsRef<Path>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            folder: None,
            variables: Vec::new(),
            time_limit: TIME_LIMIT,
            passed: Passed::default(),
            max_programs: MAX_PROGRAMS,
            running: Running::default(),
        }
    }

    /// Adds an argument of the program. The arguments never come from a request (unlike in RFC 3875
    /// section 4.4).
    #[must_use]
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Sets the working folder of the program; that of this process by default.
    ///
    /// ```
    /// use wsgi_handlers::CgiProgram;
    /// use wsgi_testing::Request;
    ///
    /// let script = "echo Content-Type: text/plain; echo; pwd; echo $COLOUR";
    /// let app = CgiProgram::new("/bin/sh").argument("-c").argument(script);
    /// let app = app.current_dir("/").env("COLOUR", "blue");
    /// assert_eq!(Request::get("/").call(&app).text(), "/\nblue\n");
    /// ```
    #[must_use]
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets an environment variable of the program. Variables of a request with the same name are
    /// not passed on.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let pair = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.variables.push(pair);
        self
    }

    /// Sets the time after which a program is killed; 60 seconds by default. It passes while the
    /// program is waited for: while it computes or writes to standard error, and not while a slow
    /// client sends the body of its request, or takes what the program has written. How long a body
    /// may take is for the server to limit ([`max_programs`](Self::max_programs)).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_handlers::CgiProgram;
    /// use wsgi_testing::Request;
    ///
    /// let app = CgiProgram::new("sleep").argument("60").time_limit(Duration::from_millis(10));
    /// assert_eq!(Request::get("/").call(&app).status().code(), 504);
    /// ```
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets whether the program gets `HTTP_AUTHORIZATION` and `HTTP_PROXY_AUTHORIZATION`; it does
    /// not by default, since the environment of a process is not secret (RFC 3875 section 4.1.18).
    /// It finds the user in `REMOTE_USER` if middleware has checked the password.
    ///
    /// ```
    /// use wsgi_handlers::CgiProgram;
    /// use wsgi_testing::Request;
    ///
    /// let script = "echo Content-Type: text/plain; echo; echo $HTTP_AUTHORIZATION";
    /// let app = CgiProgram::new("/bin/sh").argument("-c").argument(script);
    /// let call = |app| Request::get("/").header("Authorization", "a").call(&app).text().to_owned();
    /// assert_eq!(call(app.clone()), "\n");
    /// assert_eq!(call(app.pass_credentials(true)), "a\n");
    /// ```
    #[must_use]
    pub fn pass_credentials(mut self, passes: bool) -> Self {
        self.passed.credentials = passes;
        self
    }

    /// Passes on another variable of the environ, if the request has it. It may come from a front
    /// server, such as `DOCUMENT_ROOT` and `PATH_TRANSLATED`, or from middleware. Those that
    /// describe the request, such as `PATH_INFO`, `HTTP_*`, `REMOTE_*` and `SSL_*`, are passed on
    /// anyway.
    ///
    /// `PATH` and `HTTP_PROXY` are never passed on, and credentials only with
    /// [`pass_credentials`](Self::pass_credentials). `SCRIPT_FILENAME` takes the place of the
    /// program's own path, so that the front server chooses the file that an interpreter such as
    /// php-cgi runs.
    ///
    /// ```
    /// use wsgi_handlers::CgiProgram;
    /// use wsgi_testing::Request;
    ///
    /// let script = "echo Content-Type: text/plain; echo; echo $DOCUMENT_ROOT";
    /// let app = CgiProgram::new("/bin/sh").argument("-c").argument(script);
    /// let call = |app| {
    ///     let request = Request::get("/").variable("DOCUMENT_ROOT", "/srv");
    ///     request.call(&app).text().to_owned()
    /// };
    /// assert_eq!(call(app.clone()), "\n");
    /// assert_eq!(call(app.pass_variable("DOCUMENT_ROOT")), "/srv\n");
    /// ```
    #[must_use]
    pub fn pass_variable(mut self, name: impl Into<String>) -> Self {
        self.passed.names.push(name.into());
        self
    }

    /// Sets the number of programs that run at once; 64 by default. Those of this value and its
    /// clones count together, and each counts until its process is gone. If as many run, a request
    /// is answered with 503 and `Retry-After`; with 0, every request is.
    ///
    /// A client that sends a large body slowly keeps the place of its program meanwhile. The server
    /// bounds that by its limits of a body's size and rate (`min_rate` of wsgi-server), and ends it
    /// by spooling (`spool_bodies(true)`): it then has the whole body before a program is started.
    /// Bodies that come over FastCGI, SCGI and uwsgi are spooled by default.
    ///
    /// ```
    /// use wsgi_handlers::CgiProgram;
    /// use wsgi_testing::Request;
    ///
    /// let script = "echo Content-Type: text/plain; echo; echo Hello";
    /// let app = CgiProgram::new("/bin/sh").argument("-c").argument(script);
    /// let call = |app| Request::get("/").call(&app).status().code();
    /// assert_eq!(call(app.clone().max_programs(1)), 200);
    /// assert_eq!(call(app.max_programs(0)), 503);
    /// ```
    #[must_use]
    pub fn max_programs(mut self, programs: usize) -> Self {
        self.max_programs = programs;
        self
    }

    /// Kills the programs that run, of this value and its clones, with their process groups.
    /// Further requests are answered with 503.
    ///
    /// Call it after the server has returned. A server cuts the requests that take longer than its
    /// `shutdown_timeout`. Their programs would outlive it.
    ///
    /// ```
    /// use wsgi_handlers::CgiProgram;
    /// use wsgi_testing::{LiveServer, Request};
    ///
    /// let app = CgiProgram::new("/bin/sh").argument("-c").argument("exec sleep 60");
    /// let server = LiveServer::new(app.clone());
    /// drop(server); // or the return of `serve_forever`
    /// app.stop();
    /// assert_eq!(Request::get("/").call(&app).status().code(), 503);
    /// ```
    pub fn stop(&self) {
        self.running.stop();
    }

    fn start(&self, environ: &mut Environ, body_bytes: u64, place: Place) -> io::Result<Process> {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command.env("SCRIPT_FILENAME", &self.program);
        set_variables(&mut command, environ, body_bytes, &self.passed);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        Process::start(&mut command, environ.take_input(), place)
    }

    fn cannot_start(&self, error: &io::Error) -> io::Error {
        let mut text = format!("cannot start the CGI program {}", self.program.display());
        if let Some(folder) = &self.folder {
            text += &format!(" in the folder {}", folder.display());
        }
        io::Error::new(error.kind(), format!("{text}: {error}"))
    }
}

impl Application for CgiProgram {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let Some(body_bytes) = environ.input().remaining() else {
            let text = "the body has no length";
            return plain(start_response, Status::LENGTH_REQUIRED, text);
        };
        let place = match self.running.enter(self.max_programs) {
            Ok(place) => place,
            Err(Refusal::Full) => {
                let most = self.max_programs;
                let text = format_args!("{most} CGI programs run; a request was refused");
                log_message(environ, text);
                return busy(start_response, "too many programs run");
            }
            Err(Refusal::Stopped) => return busy(start_response, "the server ends"),
        };
        let log = Log::new(RequestLog::of(environ), self.program.display().to_string());
        let process = self.start(environ, body_bytes, place);
        let process = process.map_err(|error| self.cannot_start(&error))?;
        let mut output = Output::new(process, environ, self.time_limit, log);
        let answer = match read_answer(&mut output) {
            Ok(answer) => answer,
            Err(error) if TookTooLong::is(&error) => {
                output.log().print(TookTooLong::WHAT);
                return plain(
                    start_response,
                    Status::GATEWAY_TIMEOUT,
                    "the program took too long",
                );
            }
            Err(error) => return Err(error.into()),
        };
        match answer {
            Answer::Internal(target, fields) => {
                keep_cookies(&fields, environ, output.log())?;
                Err(InternalRedirect::to(target).into())
            }
            Answer::Response(status, headers) => {
                start_response.start(status, &headers as &Headers)?;
                Ok(Body::chunks(output))
            }
        }
    }
}

/// Reads the head of an output, and the whole output if that is a redirect inside the site: it has
/// no body (RFC 3875 section 6.2.2), and the program may do its work after the head.
fn read_answer(output: &mut Output) -> io::Result<Answer> {
    let answer = output.read_head()?;
    if let Answer::Internal(..) = answer {
        output.skip_body()?;
    }
    Ok(answer)
}

/// Has the response to a redirect inside the site carry the cookies that the program has set beside
/// its `Location`. Other fields are not allowed there (RFC 3875 section 6.2.2).
fn keep_cookies(fields: &Headers, environ: &mut Environ, log: &Log) -> Result<()> {
    for (name, value) in fields {
        if name.eq_ignore_ascii_case("Set-Cookie") {
            ErrorFields::of(environ).append(name, value)?;
        } else {
            log.print(format_args!(
                "set {name} beside a redirect inside the site, which has no fields"
            ));
        }
    }
    Ok(())
}

fn plain(start_response: &mut StartResponse<'_>, status: Status, text: &str) -> Result {
    let page = format!("{} {}: {text}\n", status.code(), status.reason());
    start_response.start(status, [("Content-Type", "text/plain")])?;
    Ok(page.into())
}

fn busy(start_response: &mut StartResponse<'_>, text: &str) -> Result {
    let fields = [("Content-Type", "text/plain"), ("Retry-After", RETRY_AFTER)];
    start_response.start(Status::SERVICE_UNAVAILABLE, fields)?;
    Ok(format!("503 Service Unavailable: {text}\n").into())
}

impl fmt::Debug for CgiProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CgiProgram")
            .field("program", &self.program)
            .field("arguments", &self.arguments)
            .field("folder", &self.folder)
            .field("time_limit", &self.time_limit)
            .field("max_programs", &self.max_programs)
            .finish_non_exhaustive()
    }
}
