//! A file on disk as an answer: streamed, whole or in part, with conditions (RFC 9110, sections 13 and 14).

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, Charset, ContentDisposition,
    DispositionParam, DispositionType, ETAG, ExtendedValue, Header, IF_RANGE, Range,
};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use futures_util::stream::{self, Stream};

use super::error::HttpError;
use super::etag;

/// How much is read at once, in bytes.
const CHUNK: u64 = 256 * 1024;

/// A file with what its answer says of it.
pub(super) struct StoredFile {
    pub(super) file: File,
    pub(super) bytes: u64,
    /// Under which name it is saved.
    pub(super) name: String,
    pub(super) media_type: &'static str,
    /// A strong entity tag, quotes included.
    pub(super) etag: String,
    pub(super) freshness: Freshness,
}

/// How long a copy of the file is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// For good: nothing else will ever be found under this address.
    NeverChanges,
    /// Until asked again: the next release takes over the address, or somebody may not see it any more.
    AsksEveryTime,
}

/// What of the file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// The places of the first and the last byte.
    Bytes(u64, u64),
    BeyondTheEnd,
}

impl StoredFile {
    /// Makes the answer: all of it, a part of it, or that the client has it already.
    pub(super) fn answer(self, req: &HttpRequest) -> Result<HttpResponse, HttpError> {
        if etag::is_known(req, &self.etag) {
            return Ok(self.headers(HttpResponse::NotModified()).finish());
        }
        let whole = self.bytes;
        match self.part(req) {
            Part::BeyondTheEnd => Err(HttpError::BeyondTheEnd { bytes: whole }),
            Part::Whole => {
                let answer = self.headers(HttpResponse::Ok());
                self.body(req, answer, 0, whole)
            }
            Part::Bytes(first, last) => {
                let mut answer = self.headers(HttpResponse::PartialContent());
                answer.insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{whole}")));
                self.body(req, answer, first, last - first + 1)
            }
        }
    }

    fn headers(&self, mut answer: HttpResponseBuilder) -> HttpResponseBuilder {
        let cache = match self.freshness {
            Freshness::NeverChanges => "public, max-age=31536000, immutable",
            Freshness::AsksEveryTime => "no-cache",
        };
        answer
            .content_type(self.media_type)
            .insert_header((ETAG, self.etag.clone()))
            .insert_header((ACCEPT_RANGES, "bytes"))
            .insert_header((CACHE_CONTROL, cache))
            // The bytes are those of the checksum: nothing on the way out may compress them.
            .insert_header((CONTENT_ENCODING, "identity"))
            .insert_header(ContentDisposition {
                disposition: DispositionType::Attachment,
                parameters: vec![self.file_name()],
            });
        answer
    }

    /// Writes the name as RFC 6266 asks; one with other letters than English in UTF-8.
    fn file_name(&self) -> DispositionParam {
        if self.name.is_ascii() {
            return DispositionParam::Filename(self.name.clone());
        }
        DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: self.name.clone().into_bytes(),
        })
    }

    /// Returns the one part that is asked for; several at once are answered with the whole, which is allowed.
    fn part(&self, req: &HttpRequest) -> Part {
        let is_current = req
            .headers()
            .get(IF_RANGE)
            .is_none_or(|tag| tag.as_bytes() == self.etag.as_bytes());
        let Ok(Range::Bytes(ranges)) = Range::parse(req) else {
            return Part::Whole;
        };
        let [range] = &ranges[..] else {
            return Part::Whole;
        };
        if req.method() != Method::GET || !is_current {
            return Part::Whole;
        }
        range
            .to_satisfiable_range(self.bytes)
            .map_or(Part::BeyondTheEnd, |(first, last)| Part::Bytes(first, last))
    }

    fn body(
        mut self,
        req: &HttpRequest,
        mut answer: HttpResponseBuilder,
        first: u64,
        bytes: u64,
    ) -> Result<HttpResponse, HttpError> {
        if req.method() == Method::HEAD {
            let nothing = stream::empty::<Result<Bytes, io::Error>>();
            return Ok(answer.body(SizedStream::new(bytes, nothing)));
        }
        self.file
            .seek(SeekFrom::Start(first))
            .map_err(|error| HttpError::Failed(format!("cannot read {}: {error}", self.name)))?;
        Ok(answer.body(SizedStream::new(bytes, Box::pin(read_on(self.file, bytes)))))
    }
}

/// Reads so many bytes from where the file stands, piece by piece, on threads that may block.
fn read_on(file: File, left: u64) -> impl Stream<Item = Result<Bytes, io::Error>> {
    stream::try_unfold((file, left), |(file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let read = move || read_piece(file, left.min(CHUNK));
        let (file, piece) = web::block(read).await.map_err(io::Error::other)??;
        let left = left - piece.len() as u64;
        Ok(Some((piece, (file, left))))
    })
}

fn read_piece(mut file: File, bytes: u64) -> io::Result<(File, Bytes)> {
    let mut piece = vec![0; bytes as usize];
    file.read_exact(&mut piece)?;
    Ok((file, piece.into()))
}
