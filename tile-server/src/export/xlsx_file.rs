//! XLSX (ISO/IEC 29500): a table for people, with headings, titles of codes, real dates, and a sheet about its columns.
//!
//! Texts are written as texts, so that none is a formula.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Datelike, Utc};
use geo::InteriorPoint;
use geo_types::Geometry;
use layers::crs::{Crs, transform};
use layers::{Feature, Field, FieldType, Language, LayerView, Value};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{ExportError, FeatureFile};

/// How many rows a sheet has, the heading not counted.
const MOST_ROWS: u32 = 1_048_575;
/// How many characters a cell takes, and fewer where some of them count as two.
const MOST_CHARACTERS: usize = 32_767;
/// Beyond this a sheet rounds whole numbers.
const MOST_EXACT: i64 = 999_999_999_999_999;
/// The columns of a position: degrees, then metres.
const PLACES: usize = 4;

/// A workbook that is being written, row by row.
pub(super) struct XlsxFile {
    path: PathBuf,
    workbook: Workbook,
    view: LayerView,
    language: Language,
    row: u32,
    day: Format,
    moment: Format,
}

impl XlsxFile {
    pub(super) fn create(
        path: &Path,
        view: &LayerView,
        made_at: DateTime<Utc>,
        language: Language,
    ) -> Result<Self, ExportError> {
        let mut file = Self {
            path: path.to_owned(),
            workbook: Workbook::new(),
            view: view.clone(),
            language,
            row: 0,
            day: Format::new().set_num_format("d. m. yyyy"),
            moment: Format::new().set_num_format("d. m. yyyy hh:mm"),
        };
        file.begin(made_at).map_err(failed)?;
        Ok(file)
    }

    fn begin(&mut self, made_at: DateTime<Utc>) -> Result<(), XlsxError> {
        if let Some(folder) = self.path.parent() {
            self.workbook.set_tempdir(folder)?;
        }
        // The same features make the same bytes.
        let properties = DocProperties::new()
            .set_title(self.view.layer().title.in_language(self.language))
            .set_creation_datetime(&ExcelDateTime::from_timestamp(made_at.timestamp())?);
        self.workbook.set_properties(&properties);
        let columns = columns(&self.view, self.language);
        let bold = Format::new().set_bold();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(said(self.language, "Prvky", "Features"))?;
        sheet.set_freeze_panes(1, 0)?;
        for (place, column) in (0..).zip(&columns) {
            let width = column.heading.chars().count().clamp(10, 40);
            sheet.set_column_width(place, width as f64)?;
            sheet.write_string_with_format(0, place, &column.heading, &bold)?;
        }
        describe(self.workbook.add_worksheet(), &columns, self.language)
    }

    fn write_row(&mut self, feature: &Feature) -> Result<(), XlsxError> {
        self.row += 1;
        let (row, language) = (self.row, self.language);
        let sheet = self.workbook.worksheet_from_index(0)?;
        sheet.write_string(row, 0, feature.id.to_string())?;
        for (place, (field, value)) in (1..).zip(self.view.fields().zip(&feature.values)) {
            let day = match value {
                Value::Date(day) => excel_day(*day).map(|day| (day, &self.day)),
                Value::Timestamp(at) => ExcelDateTime::from_timestamp(at.timestamp())
                    .ok()
                    .map(|at| (at, &self.moment)),
                _ => None,
            };
            if let Some((day, format)) = day {
                sheet.write_datetime_with_format(row, place, &day, format)?;
                continue;
            }
            match number(field, value) {
                Some(number) => sheet.write_number(row, place, number)?,
                None if value.is_null() => continue,
                None => sheet.write_string(row, place, text(field, value, language))?,
            };
        }
        let first = self.view.fields().len() as u16 + 1;
        let position = feature.geometry.as_ref().and_then(position);
        for (place, number) in (first..).zip(position.iter().flatten()) {
            sheet.write_number(row, place, *number)?;
        }
        Ok(())
    }
}

impl FeatureFile for XlsxFile {
    fn write(&mut self, feature: &Feature) -> Result<(), ExportError> {
        if self.row == MOST_ROWS {
            return Err(ExportError::SheetFull(MOST_ROWS));
        }
        self.write_row(feature).map_err(failed)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ExportError> {
        self.workbook.save(&self.path).map_err(failed)
    }
}

/// A column as people read it, and as programs name it.
struct Column {
    heading: String,
    name: String,
    unit: String,
}

fn columns(view: &LayerView, language: Language) -> Vec<Column> {
    let plain = |cs: &str, en: &str, name: &str, unit: &str| Column {
        heading: said(language, cs, en).to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
    };
    let mut columns = vec![plain("Identifikátor", "Identifier", "id", "")];
    columns.extend(view.fields().map(|field| {
        let title = field.title.in_language(language);
        let unit = match field.field_type {
            FieldType::Timestamp => "UTC",
            _ => field.unit.as_deref().unwrap_or_default(),
        };
        Column {
            heading: if unit.is_empty() {
                title.to_owned()
            } else {
                format!("{title} ({unit})")
            },
            name: field.name.clone(),
            unit: unit.to_owned(),
        }
    }));
    if view.layer().geometry.is_some() {
        let places: [Column; PLACES] = [
            plain("Zeměpisná délka", "Longitude", "longitude", "°"),
            plain("Zeměpisná šířka", "Latitude", "latitude", "°"),
            plain("S-JTSK východ", "S-JTSK easting", "easting", "m"),
            plain("S-JTSK sever", "S-JTSK northing", "northing", "m"),
        ];
        columns.extend(places);
    }
    columns
}

/// Fills the sheet that says how each column is named in the interface.
fn describe(
    sheet: &mut Worksheet,
    columns: &[Column],
    language: Language,
) -> Result<(), XlsxError> {
    sheet.set_name(said(language, "Sloupce", "Columns"))?;
    let bold = Format::new().set_bold();
    let head = [
        said(language, "Nadpis", "Heading"),
        said(language, "Název v API", "Name in the API"),
        said(language, "Jednotka", "Unit"),
    ];
    for (place, heading) in (0..).zip(head) {
        sheet.set_column_width(place, 30.0)?;
        sheet.write_string_with_format(0, place, heading, &bold)?;
    }
    for (row, column) in (1..).zip(columns) {
        for (place, text) in (0..).zip([&column.heading, &column.name, &column.unit]) {
            sheet.write_string(row, place, text)?;
        }
    }
    Ok(())
}

/// Returns the number that a cell holds; codes are written by their titles, and what a sheet would round as text.
fn number(field: &Field, value: &Value) -> Option<f64> {
    match value {
        _ if field.codes.is_some() => None,
        Value::Integer(number) if number.abs() <= MOST_EXACT => Some(*number as f64),
        Value::Real(number) => Some(*number),
        _ => None,
    }
}

fn text(field: &Field, value: &Value, language: Language) -> String {
    let text = match (value, &field.field_type) {
        (Value::List(rows), FieldType::List(fields)) => {
            let rows = rows.iter().map(|row| list_row(fields, row, language));
            rows.collect::<Vec<_>>().join("; ")
        }
        _ => field.display(value, language),
    };
    cut(text)
}

fn list_row(fields: &[Field], row: &[Value], language: Language) -> String {
    let known = fields.iter().zip(row).filter(|(_, value)| !value.is_null());
    let cells = known.map(|(field, value)| {
        let title = field.title.in_language(language);
        format!("{title}: {}", field.display(value, language))
    });
    cells.collect::<Vec<_>>().join(", ")
}

/// Cuts a text to what a cell takes, and shows that it goes on.
fn cut(text: String) -> String {
    if text.encode_utf16().count() <= MOST_CHARACTERS {
        return text;
    }
    // Two at most for each character.
    let begin: String = text.chars().take(MOST_CHARACTERS / 2 - 1).collect();
    begin + "…"
}

/// Returns longitude, latitude, easting and northing of a point on the geometry.
fn position(geometry: &Geometry<f64>) -> Option<[f64; PLACES]> {
    let point = geometry.interior_point()?;
    let [longitude, latitude] = transform(Crs::SJtsk, Crs::Wgs84, [point.x(), point.y()]);
    let rounded = |number: f64, parts: f64| (number * parts).round() / parts;
    Some([
        rounded(longitude, 1e7),
        rounded(latitude, 1e7),
        rounded(point.x(), 1e3),
        rounded(point.y(), 1e3),
    ])
}

/// Returns a day that a sheet knows; those before 1900 it does not.
fn excel_day(day: chrono::NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year()).ok()?;
    ExcelDateTime::from_ymd(year, day.month() as u8, day.day() as u8).ok()
}

fn said<'a>(language: Language, cs: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Czech => cs,
        Language::English => en,
    }
}

fn failed(error: XlsxError) -> ExportError {
    std::io::Error::other(error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_to_what_a_cell_takes() {
        assert_eq!(cut("krátký".to_owned()), "krátký");
        for letter in ["á", "🌳"] {
            let long = cut(letter.repeat(40_000));
            assert!(long.encode_utf16().count() <= MOST_CHARACTERS && long.ends_with('…'));
        }
    }
}
