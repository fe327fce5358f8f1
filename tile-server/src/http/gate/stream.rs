//! A connection's bytes on their way through the gate, which notes when they move and when not.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::Connection;

/// The network's end of a connection, which tells what moves: below the encryption, where a slow client shows.
struct Watched {
    stream: TcpStream,
    connection: Rc<Connection>,
}

/// The program's end of a connection, in clear.
pub(crate) struct Stream {
    stream: Box<dyn Duplex>,
    pub(crate) connection: Rc<Connection>,
}

/// Bytes in both directions.
trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

impl Stream {
    /// Makes the end of a connection, encrypted when there is something to encrypt it with.
    pub(crate) async fn open(
        stream: TcpStream,
        connection: Rc<Connection>,
        tls: Option<&TlsAcceptor>,
    ) -> io::Result<Self> {
        let watched = Watched {
            stream,
            connection: Rc::clone(&connection),
        };
        let stream: Box<dyn Duplex> = match tls {
            None => Box::new(watched),
            Some(tls) => Box::new(tls.accept(watched).await?),
        };
        Ok(Self { stream, connection })
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.connection.read();
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        match &polled {
            Poll::Ready(Ok(written)) => self.connection.wrote(*written, *written == bytes.len()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.connection.answer.waits(),
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
