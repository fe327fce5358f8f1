//! The path under which a proxy shows the server, such as `/obzor`: taken off what is asked, put before where pages lead.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Uri;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

use crate::city::City;

/// The headers that hold a path of this server.
const PATHS: [HeaderName; 2] = [LOCATION, HeaderName::from_static("service-worker-allowed")];
/// The attributes of pages that do.
const ATTRIBUTES: [&str; 3] = [" href=\"/", " src=\"/", " action=\"/"];

/// Takes the base path off an address; one without it is answered too, for a proxy that takes it off itself.
pub(crate) async fn taken_off<B: MessageBody>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if let Some(uri) = without(req.uri(), base_path(&req)) {
        req.match_info_mut().get_mut().update(&uri);
        req.head_mut().uri = uri;
    }
    next.call(req).await
}

/// Puts the base path before every path of this server in the headers and in pages.
pub(crate) async fn put_before(
    req: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let base = base_path(&req).to_owned();
    let answer = next.call(req).await?;
    if base.is_empty() {
        return Ok(answer);
    }
    let (req, answer) = answer.into_parts();
    Ok(ServiceResponse::new(req, lead_under(&base, answer)))
}

fn base_path(req: &ServiceRequest) -> &str {
    let city = req.app_data::<Data<City>>();
    city.map_or("", |city| &city.config.base_path)
}

fn without(uri: &Uri, base: &str) -> Option<Uri> {
    let path = uri.path_and_query()?.as_str();
    let rest = path.strip_prefix(base).filter(|_| !base.is_empty())?;
    match rest.chars().next() {
        Some('/') => rest.parse().ok(),
        None | Some('?') => format!("/{rest}").parse().ok(),
        Some(_) => None,
    }
}

fn lead_under(base: &str, mut answer: HttpResponse) -> HttpResponse {
    for name in PATHS {
        let headers = answer.headers_mut();
        let path = headers.get(&name).and_then(|value| value.to_str().ok());
        let path = path.filter(|path| path.starts_with('/') && !path.starts_with("//"));
        if let Some(path) = path.map(|path| format!("{base}{path}")) {
            let value = HeaderValue::try_from(path).expect("both parts are headers");
            headers.insert(name, value);
        }
    }
    let media_type = answer.headers().get(CONTENT_TYPE);
    if !media_type.is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/html")) {
        return answer;
    }
    answer.map_body(|_, body| match body.try_into_bytes() {
        Ok(page) => page_under(base, &String::from_utf8_lossy(&page)).boxed(),
        Err(body) => body,
    })
}

/// Writes a page anew; text of a page has no plain quotation marks, so only attributes are found.
fn page_under(base: &str, page: &str) -> String {
    ATTRIBUTES.iter().fold(page.to_owned(), |page, attribute| {
        let start = attribute.trim_end_matches('/');
        page.replace(attribute, &format!("{start}{base}/"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asked: &str, expected: Option<&str>) {
        let uri: Uri = asked.parse().expect("an address");
        let found = without(&uri, "/obzor").map(|uri| uri.to_string());
        assert_eq!(found.as_deref(), expected, "{asked}");
    }

    #[test]
    fn the_base_path_is_taken_off_whole() {
        check("/obzor/map?lang=cs", Some("/map?lang=cs"));
        check("/obzor", Some("/"));
        check("/obzor/", Some("/"));
        check("/obzor?lang=en", Some("/?lang=en"));
        check("/obzornik", None);
        check("/map", None);
    }

    #[test]
    fn links_lead_under_the_base_path_and_text_stays() {
        let page = r#"<a class="b" href="/map#x">/map</a><img src="/a.svg"><a href="https://x/">"#;
        let under = r#"<a class="b" href="/obzor/map#x">/map</a><img src="/obzor/a.svg"><a href="https://x/">"#;
        assert_eq!(page_under("/obzor", page), under);
    }
}
