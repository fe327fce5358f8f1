//! What hangs on a feature, who sees it, and who adds and removes it.

use super::*;

#[test]
fn a_photo_is_attached_listed_served_and_taken_away() {
    for city in City::start_both() {
        let jana = Person::new(&city, "jana", "editor", TOWN);
        let list = list_of(&city, LAMPS, TOWN);
        let photo = photo("a");
        let hash = sha256(&photo);
        let made = jana.attach(&list, "Lampa č. 7.JPG", &photo, &[("caption", "po bouřce")]);
        assert_eq!(made.status, 201, "{}", made.text());
        let address = format!("{list}/{hash}");
        assert_eq!(made.header("location"), city.url(&address));
        let entry = &jana.get(&list).json()["attachments"][0];
        assert_eq!(entry, &made.json());
        assert_eq!(entry["caption"], "po bouřce");
        assert_eq!(entry["name"], "Lampa č. 7.jpg");
        assert_eq!([&entry["width"], &entry["height"]], [48, 32]);
        assert_eq!(entry["by"], "jana");
        assert_eq!(entry["privacy"], "internal");
        let [lon, lat] = [0, 1].map(|at| entry["position"][at].as_f64().unwrap());
        assert!(
            (lon - 13.403_697).abs() < 1e-5 && (lat - 50.453_697).abs() < 1e-5,
            "{entry}"
        );
        assert!(entry["distance"].as_f64().unwrap() > 1.0, "{entry}");
        // The same file once more is the same attachment, whatever is said of it.
        let again = jana.attach(&list, "jinak.png", &photo, &[("caption", "jinak")]);
        assert_eq!((again.status, again.json()), (201, made.json()));
        assert_eq!(files(&city.instance()).len(), 1);

        check_served(&jana, &address, &photo);
        // For the office: everybody sees an empty list, and no file.
        assert_eq!(hashes(&city.get(&list)), [""; 0]);
        assert_eq!(city.get(&address).status, 404);

        assert_eq!(jana.ask("DELETE", &address).status, 204);
        assert_eq!(jana.list(&list), [""; 0]);
        assert_eq!(jana.get(&address).status, 404);
        assert_eq!(jana.ask("DELETE", &address).status, 404);
        let id = list.split('/').nth(4).unwrap();
        for (act, number) in [("attach", 1), ("detach", 1)] {
            let events = events(&city, act);
            assert_eq!(events.len(), number, "{act}");
            assert_eq!(events[0]["subject"], id);
            assert_eq!(events[0]["sha256"], hash.as_str());
        }
        let mut reads = events(&city, "read").into_iter();
        assert!(reads.any(|read| read["sha256"] == hash.as_str()));
        // What was taken away comes back when it is attached again.
        assert_eq!(jana.attach(&list, "a.jpg", &photo, &[]).status, 201);
        assert_eq!(jana.list(&list), [hash]);
    }
}

fn check_served(jana: &Person<'_>, address: &str, photo: &[u8]) {
    let whole = jana.get(address);
    assert_eq!(whole.status, 200);
    assert_eq!(whole.body, photo);
    assert_eq!(whole.header("content-type"), "image/jpeg");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    assert_eq!(whole.header("cache-control"), "private, no-cache");
    let disposition = whole.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename*=UTF-8''Lampa%20"),
        "{disposition}"
    );
    let policy = whole.header("content-security-policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    let tag = whole.header("etag").to_owned();
    let known = jana.send("GET", address, &[("If-None-Match", &tag)], b"");
    assert_eq!((known.status, known.body.len()), (304, 0));
    let part = jana.send("GET", address, &[("Range", "bytes=10-19")], b"");
    assert_eq!((part.status, &part.body[..]), (206, &photo[10..20]));
}

#[test]
fn everybody_gets_a_public_photo_without_what_the_camera_wrote() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let list = list_of(&city, TREES, TOWN);
    let (shown, hidden) = (photo("pro všechny"), photo("pro úřad"));
    let public = [("privacy", "public"), ("caption", "lípa")];
    assert_eq!(jana.attach(&list, "novak.jpg", &shown, &public).status, 201);
    assert_eq!(jana.attach(&list, "b.jpg", &hidden, &[]).status, 201);
    let seen = city.get(&list);
    let entries = seen.json()["attachments"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 1, "{}", seen.text());
    let entry = entries[0].as_object().unwrap();
    for internal in ["by", "at", "position", "distance", "taken", "privacy"] {
        assert!(!entry.contains_key(internal), "{entry:?}");
    }
    assert_eq!(entry["caption"], "lípa");
    assert!(!seen.text().contains("novak") && !seen.text().contains(&sha256(&shown)));
    let bare = city.get(&format!("{list}/{}", entry["sha256"].as_str().unwrap()));
    assert_eq!(bare.status, 200);
    assert_eq!(sha256(&bare.body), entry["sha256"].as_str().unwrap());
    assert_eq!(bare.body.len() as u64, entry["bytes"].as_u64().unwrap());
    for secret in [OWNER, SERIAL, "pro všechny", "Exif"] {
        assert!(!holds(&bare.body, secret), "{secret}");
    }
    // What cannot be cleaned is for the office, whatever was chosen.
    let heic = include_bytes!("lamp.heic");
    assert_eq!(jana.attach(&list, "c.heic", heic, &public).status, 201);
    assert_eq!(
        jana.attach(&list, "d.pdf", b"%PDF-1.7\n", &public).status,
        201
    );
    assert_eq!(hashes(&city.get(&list)).len(), 1);
    assert_eq!(jana.list(&list).len(), 4);
    for file in [&shown, &hidden] {
        let address = format!("{list}/{}", sha256(file));
        assert_eq!(city.get(&address).status, 404);
        assert_eq!(jana.get(&address).body, *file);
    }
}

#[test]
fn what_is_no_photo_too_large_or_not_theirs_is_refused() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let petr = Person::new(&city, "petr", "editor", VILLAGE);
    let list = list_of(&city, LAMPS, TOWN);
    let good = photo("a");
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let mut bomb = include_bytes!("lamp.png").to_vec();
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let refused = [
        (&svg[..], 415),
        (b"<!DOCTYPE html><script>alert(1)</script>", 415),
        (&good[..200], 422),
        (&bomb, 422),
        (b"", 400),
    ];
    for (file, status) in refused {
        let answer = jana.attach(&list, "a.jpg", file, &[]);
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(
            answer
                .header("content-type")
                .starts_with("application/problem+json")
        );
    }
    let large = [&good[..], &vec![0; 53_000_000]].concat();
    let answer = jana.attach(&list, "a.jpg", &large, &[]);
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(petr.attach(&list, "a.jpg", &good, &[]).status, 403);
    assert_eq!(events(&city, "refused").len(), 1);
    let (kind, body) = multipart("a.jpg", &good, &[]);
    let headers = [("Content-Type", kind.as_str())];
    let stranger = Answer::try_send("POST", &city.url(&list), &headers, &body[..]).unwrap();
    assert_eq!(stranger.status, 401);
    let absent = format!("{LAMPS}/0198c1a2-0000-7000-8000-000000000001/attachments");
    assert_eq!(jana.attach(&absent, "a.jpg", &good, &[]).status, 404);
    let elsewhere = list_of(&city, "/collections/parcels/items", VILLAGE);
    assert_eq!(jana.get(&elsewhere).status, 404);
    assert_eq!(jana.attach(&elsewhere, "a.jpg", &good, &[]).status, 404);
    assert_eq!(files(&city.instance()), [] as [PathBuf; 0]);
    let incoming = fs::read_dir(city.instance().join("attachments/incoming"));
    assert_eq!(incoming.unwrap().count(), 0);
    // Theirs to see, as the town's lamps are; not to remove.
    assert_eq!(jana.attach(&list, "a.jpg", &good, &[]).status, 201);
    let address = format!("{list}/{}", sha256(&good));
    assert_eq!(petr.ask("DELETE", &address).status, 404);
}

#[test]
fn a_page_shows_photos_adds_and_removes_them_without_a_script() {
    let city = City::start();
    let jana = Person::new(&city, "jana", "editor", TOWN);
    let list = list_of(&city, TREES, TOWN);
    let browser = [("Accept", "text/html,*/*;q=0.8")];
    let page = jana.send("GET", &list, &browser, b"");
    assert!(
        page.text().contains("enctype=\"multipart/form-data\""),
        "{}",
        page.text()
    );
    let send = |file: &[u8]| {
        let (kind, body) = multipart("a.jpg", file, &[("caption", "<b>lípa</b>")]);
        let headers = [browser[0], ("Content-Type", kind.as_str())];
        jana.send("POST", &list, &headers, &body)
    };
    let refused = send(b"GIF89a");
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("Není to fotografie ani PDF"),
        "{}",
        refused.text()
    );
    let photo = photo("a");
    let taken = send(&photo);
    assert_eq!(taken.status, 303, "{}", taken.text());
    let page = jana.get(taken.header("location"));
    assert!(
        page.text().contains("&lt;b&gt;lípa&lt;/b&gt;"),
        "{}",
        page.text()
    );
    let picture = format!("<img src=\"{list}/{}\"", sha256(&photo));
    assert!(page.text().contains(&picture), "{}", page.text());
    // Everybody sees the page, without what is for the office and without a form.
    let public = city.get(&format!("{list}?f=html"));
    assert_eq!(public.status, 200);
    assert!(!public.text().contains("<form") && !public.text().contains(&sha256(&photo)));
    let remove = format!("{list}/{}/remove?lang=cs", sha256(&photo));
    let removed = jana.send("POST", &remove, &browser, b"");
    assert_eq!(removed.status, 303, "{}", removed.text());
    assert_eq!(jana.list(&list), [""; 0]);
}
