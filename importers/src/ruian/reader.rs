//! The stream: XML events gathered into one record at a time.

use std::io::{BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::element::Element;
use super::parse;
use super::record::VfrRecord;

/// How deep records lie: `VymennyFormat/Data/Parcely/Parcela`.
const RECORD_DEPTH: usize = 4;
/// No record of VFR nests deeper than about a dozen elements.
const MAX_DEPTH: usize = 64;

/// Something wrong in a VFR file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VfrProblem {
    /// A record that cannot be used; reading goes on behind it.
    #[error("{element} {id}: {}", .problems.join("; "))]
    Record {
        /// The element, such as `Parcela`.
        element: String,
        /// Its `gml:id`.
        id: String,
        /// Everything wrong with it.
        problems: Vec<String>,
    },
    /// The file cannot be read any further.
    #[error("the file cannot be read beyond byte {position}: {reason}")]
    File {
        /// Where in the unpacked file.
        position: u64,
        /// Why.
        reason: String,
    },
}

/// Reads the records of a VFR file one at a time, in the order of the file.
///
/// Documents with a DTD or entities of their own are refused. Kinds of records that Obzor does not use are passed over.
pub struct VfrReader<R> {
    xml: Reader<R>,
    buffer: Vec<u8>,
    path: Vec<String>,
    record: Vec<Element>,
    done: bool,
}

impl<R: Read> VfrReader<BufReader<MultiGzDecoder<BufReader<R>>>> {
    /// Reads a file packed by gzip, as RÚIAN publishes it.
    pub fn from_gzip(file: R) -> Self {
        Self::new(BufReader::new(MultiGzDecoder::new(BufReader::new(file))))
    }
}

impl<R: BufRead> VfrReader<R> {
    /// Reads an unpacked file.
    pub fn new(file: R) -> Self {
        let mut xml = Reader::from_reader(file);
        xml.config_mut().expand_empty_elements = true;
        Self {
            xml,
            buffer: Vec::new(),
            path: Vec::new(),
            record: Vec::new(),
            done: false,
        }
    }

    /// Reads on until a record is complete; `None` at the end of the file.
    fn next_element(&mut self) -> Result<Option<Element>, String> {
        loop {
            self.buffer.clear();
            let event = self.xml.read_event_into(&mut self.buffer);
            match event.map_err(|error| error.to_string())? {
                Event::Start(start) => open(&mut self.path, &mut self.record, &start)?,
                Event::End(_) => {
                    self.path.pop();
                    if let Some(record) = close(&mut self.record) {
                        return Ok(Some(record));
                    }
                }
                Event::Text(text) => write(&mut self.record, &text.xml10_content()),
                Event::CData(text) => write(&mut self.record, &text.xml10_content()),
                Event::GeneralRef(name) => write(&mut self.record, &resolve(&name)?),
                Event::DocType(_) => return Err("it has a DTD, which VFR does not".to_owned()),
                Event::Eof if self.path.is_empty() => return Ok(None),
                Event::Eof => return Err("it ends in the middle".to_owned()),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }
}

impl<R: BufRead> Iterator for VfrReader<R> {
    type Item = Result<VfrRecord, VfrProblem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let element = match self.next_element() {
                Ok(Some(element)) => element,
                Ok(None) => break,
                Err(reason) => {
                    self.done = true;
                    let position = self.xml.error_position();
                    return Some(Err(VfrProblem::File { position, reason }));
                }
            };
            if let Some(record) = parse::record(&element) {
                return Some(record.map_err(|problems| VfrProblem::Record {
                    element: element.name,
                    id: element.id,
                    problems,
                }));
            }
        }
        self.done = true;
        None
    }
}

fn open(
    path: &mut Vec<String>,
    record: &mut Vec<Element>,
    start: &BytesStart<'_>,
) -> Result<(), String> {
    let name = start.local_name().as_ref().to_owned();
    if path.is_empty() && name != "VymennyFormat" {
        return Err(format!("it begins with `{name}`, not with `VymennyFormat`"));
    }
    path.push(name.clone());
    if path.len() > MAX_DEPTH {
        return Err(format!("it nests deeper than {MAX_DEPTH} elements"));
    }
    if path.len() < RECORD_DEPTH || path[1] != "Data" {
        return Ok(());
    }
    let id = start
        .try_get_attribute("gml:id")
        .map_err(|error| error.to_string())?;
    record.push(Element {
        name,
        id: id.map(|id| id.value.into_owned()).unwrap_or_default(),
        ..Element::default()
    });
    Ok(())
}

fn close(record: &mut Vec<Element>) -> Option<Element> {
    let mut element = record.pop()?;
    element.text.truncate(element.text.trim_end().len());
    match record.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}

fn write(record: &mut [Element], text: &str) {
    if let Some(element) = record.last_mut() {
        let text = if element.text.is_empty() {
            text.trim_start()
        } else {
            text
        };
        element.text.push_str(text);
    }
}

fn resolve(name: &BytesRef<'_>) -> Result<String, String> {
    if let Some(character) = name.resolve_char_ref().map_err(|error| error.to_string())? {
        return Ok(character.to_string());
    }
    let name = name.xml10_content();
    resolve_xml_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| format!("it uses the entity `{name}`, which XML does not define"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: &str = "<Kod>752321</Kod>";

    fn parcels(records: &str) -> String {
        format!(
            "<vf:VymennyFormat><vf:Hlavicka/><vf:Data><vf:Parcely>{records}</vf:Parcely></vf:Data></vf:VymennyFormat>"
        )
    }

    fn parcel(number: &str, ring: &str) -> String {
        format!(
            r#"<vf:Parcela gml:id="PA.1"><Id>1063405506</Id><KmenoveCislo>{number}</KmenoveCislo>
            <VymeraParcely>37</VymeraParcely><DruhCislovaniKod>2</DruhCislovaniKod><DruhPozemkuKod>2</DruhPozemkuKod>
            <KatastralniUzemi>{AREA}</KatastralniUzemi><Geometrie><OriginalniHranice><gml:Polygon>
            <gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior>
            </gml:Polygon></OriginalniHranice></Geometrie></vf:Parcela>"#
        )
    }

    const RING: &str = "-773473 -999821 -773481 -999826 -773473 -999826 -773473 -999821";

    fn read(file: &str) -> Vec<Result<VfrRecord, VfrProblem>> {
        VfrReader::new(file.as_bytes()).collect()
    }

    fn check_file_problem(file: &str, expected: &str) {
        match read(file).pop() {
            Some(Err(VfrProblem::File { reason, .. })) => {
                assert!(reason.contains(expected), "{reason}");
            }
            other => panic!("{other:?} is not a problem with the file"),
        }
    }

    #[test]
    fn a_parcel_is_read_with_its_border() {
        let records = read(&parcels(&parcel("153", RING)));
        let [Ok(VfrRecord::Parcel(parcel))] = records.as_slice() else {
            panic!("{records:?}");
        };
        assert_eq!((parcel.number, parcel.subdivision), (153, None));
        assert_eq!(parcel.cadastral_area_code, 752_321);
        let border = parcel.border.as_ref().expect("a border");
        assert_eq!(border.exterior().0.len(), 4);
        assert_eq!(border.exterior().0[0], (-773_473.0, -999_821.0).into());
    }

    #[test]
    fn every_problem_of_a_bad_record_is_told_and_the_next_record_read() {
        let file = parcels(&(parcel("x", "0 0 1 1 1 0 0 0") + &parcel("7", RING)));
        let records = read(&file);
        let [Err(VfrProblem::Record { id, problems, .. }), Ok(_)] = records.as_slice() else {
            panic!("{records:?}");
        };
        assert_eq!(id, "PA.1");
        assert_eq!(
            *problems,
            [
                "KmenoveCislo: `x` cannot be read",
                "OriginalniHranice: 0 0 lies outside EPSG:5514"
            ]
        );
    }

    #[test]
    fn a_ring_that_is_open_and_a_name_that_is_missing_are_problems() {
        let ring = "-773473 -999821 -773481 -999826 -773473 -999826 -773474 -999821";
        let file = parcels(&parcel("1", ring)).replace(AREA, "");
        let text = read(&file)
            .pop()
            .and_then(Result::err)
            .expect("a problem")
            .to_string();
        assert!(text.contains("KatastralniUzemi/Kod is missing"), "{text}");
        assert!(text.contains("not closed"), "{text}");
    }

    #[test]
    fn a_file_that_is_not_plain_vfr_is_refused() {
        let whole = parcels(&parcel("1", RING));
        check_file_problem(&format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{whole}"), "DTD");
        check_file_problem(&whole.replace("37", "&b;"), "entity");
        check_file_problem("<html></html>", "VymennyFormat");
        check_file_problem(&whole[..whole.len() / 2], "");
        check_file_problem(&whole.replace("</vf:Parcela>", "</vf:Obec>"), "");
    }
}
