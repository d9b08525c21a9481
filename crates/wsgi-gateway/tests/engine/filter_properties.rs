//! For any writes, flushes, returned bodies and filters, the client gets the same bytes as from a
//! simple model.

use std::io::{self, Write};

use proptest::prelude::*;
use wsgi_application::{
    Application, Body, Environ, FileWrapper, Filter, Head, Result, Scope, StartResponse, Status,
    application, filtered,
};
use wsgi_environ::Input;
use wsgi_gateway::Delimiter;

use crate::memory::Request;

#[derive(Clone, Debug)]
enum Step {
    Write(Vec<u8>),
    Flush,
}

#[derive(Clone, Debug)]
enum Returned {
    Empty,
    Bytes(Vec<u8>),
    Reader(Vec<u8>),
    Input(Vec<u8>),
    Chunks(Vec<Vec<u8>>),
}

/// A filter with a simple model.
#[derive(Clone, Copy, Debug)]
enum Layer {
    /// Changes the head alone.
    Head,
    /// Adds one to each byte.
    Shift,
    /// Sends each byte twice.
    Double,
    /// Sends everything at the end.
    Hold,
    /// Sends everything at a flush or the end.
    Delay,
    /// Adds a byte at the end.
    Sign,
}

struct Layered(Layer, Vec<u8>);

impl Filter for Layered {
    fn head(&mut self, head: &mut Head) -> Result<Scope> {
        head.headers.append("X-Layer", format!("{:?}", self.0))?;
        Ok(match self.0 {
            Layer::Head => Scope::Head,
            _ => Scope::Body,
        })
    }

    fn chunk(&mut self, chunk: &[u8], out: &mut dyn Write) -> io::Result<()> {
        match self.0 {
            Layer::Head => unreachable!("it does not filter the body"),
            Layer::Shift => {
                let shifted: Vec<_> = chunk.iter().map(|byte| byte.wrapping_add(1)).collect();
                out.write_all(&shifted)
            }
            Layer::Double => chunk
                .iter()
                .try_for_each(|&byte| out.write_all(&[byte, byte])),
            Layer::Hold | Layer::Delay => {
                self.1.extend_from_slice(chunk);
                Ok(())
            }
            Layer::Sign => out.write_all(chunk),
        }
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.0 {
            Layer::Delay => out.write_all(&std::mem::take(&mut self.1)),
            _ => Ok(()),
        }
    }

    fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.0 {
            Layer::Sign => out.write_all(b"."),
            _ => out.write_all(&self.1),
        }
    }
}

fn modelled(layer: Layer, mut bytes: Vec<u8>) -> Vec<u8> {
    match layer {
        Layer::Head | Layer::Hold | Layer::Delay => {}
        Layer::Shift => bytes
            .iter_mut()
            .for_each(|byte| *byte = byte.wrapping_add(1)),
        Layer::Double => bytes = bytes.iter().flat_map(|&byte| [byte, byte]).collect(),
        Layer::Sign => bytes.push(b'.'),
    }
    bytes
}

struct Stack<'a>(&'a dyn Application, &'a [Layer]);

impl Application for Stack<'_> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        match self.1.split_last() {
            None => self.0.call(environ, start_response),
            Some((&outermost, inner)) => filtered(
                &Stack(self.0, inner),
                Layered(outermost, Vec::new()),
                environ,
                start_response,
            ),
        }
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..20),
        1 => (60_000_usize..70_000).prop_map(|length| vec![b'x'; length]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![3 => bytes().prop_map(Step::Write), 1 => Just(Step::Flush)]
}

fn returned() -> impl Strategy<Value = Returned> {
    prop_oneof![
        Just(Returned::Empty),
        bytes().prop_map(Returned::Bytes),
        bytes().prop_map(Returned::Reader),
        bytes().prop_map(Returned::Input),
        prop::collection::vec(bytes(), 0..4).prop_map(Returned::Chunks),
    ]
}

fn layer() -> impl Strategy<Value = Layer> {
    prop_oneof![
        Just(Layer::Head),
        Just(Layer::Shift),
        Just(Layer::Double),
        Just(Layer::Hold),
        Just(Layer::Delay),
        Just(Layer::Sign),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_client_gets_the_bytes_of_the_model(
        steps in prop::collection::vec(step(), 0..6),
        returned in returned(),
        layers in prop::collection::vec(layer(), 0..4),
        (head_only, chunked) in any::<(bool, bool)>(),
    ) {
        let mut expected = Vec::new();
        for step in &steps {
            if let Step::Write(bytes) = step {
                expected.extend_from_slice(bytes);
            }
        }
        match &returned {
            Returned::Empty => {}
            Returned::Bytes(bytes) | Returned::Reader(bytes) | Returned::Input(bytes) => {
                expected.extend_from_slice(bytes);
            }
            Returned::Chunks(chunks) => expected.extend(chunks.concat()),
        }
        for &layer in &layers {
            expected = modelled(layer, expected);
        }
        let application = application(move |_, start_response| {
            let mut body = start_response.start(Status::OK, ())?;
            for step in &steps {
                match step {
                    Step::Write(bytes) => body.write_all(bytes)?,
                    Step::Flush => body.flush()?,
                }
            }
            Ok(match returned.clone() {
                Returned::Empty => Body::empty(),
                Returned::Bytes(bytes) => bytes.into(),
                Returned::Reader(bytes) => FileWrapper::new(io::Cursor::new(bytes)).into(),
                Returned::Input(bytes) => Input::from_bytes(bytes).into(),
                Returned::Chunks(chunks) => Body::chunks(chunks),
            })
        });
        let mut request = Request::get();
        request.rules.head_only = head_only;
        request.rules.chunked = chunked;
        let response = request.run(Stack(&application, &layers));

        prop_assert!(response.delivery.is_complete(), "{}", response.transcript);
        prop_assert_eq!(&response.log, "");
        let fields: String = layers.iter().map(|layer| format!("X-Layer: {layer:?}\n")).collect();
        prop_assert_eq!(&response.fields, &fields, "each layer once, the innermost first");
        let framing = response.framing.unwrap();
        if let Some(length) = framing.content_length {
            prop_assert_eq!(length, expected.len() as u64);
        }
        match framing.delimiter {
            Delimiter::None => prop_assert!(head_only),
            Delimiter::Length(length) => prop_assert_eq!(Some(length), framing.content_length),
            Delimiter::Chunked => prop_assert!(chunked && !head_only),
            Delimiter::Close => prop_assert!(!chunked && !head_only),
        }
        if head_only {
            expected.clear();
        }
        prop_assert!(response.body == expected, "{}", response.transcript);
    }
}
