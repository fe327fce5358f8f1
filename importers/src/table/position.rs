//! Which coordinate system a file's numbers are in: decided from the numbers, since what a file declares is often wrong.
//!
//! Over Czechia the ranges of the accepted systems do not overlap, in no order of axes and with no sign.

use std::fmt;
use std::ops::RangeInclusive;

use layers::crs::{Crs, transform};

use super::DeclaredCrs;

/// S-JTSK over Czechia with a margin, in metres: easting and northing of EPSG:5514.
const EAST: RangeInclusive<f64> = -905_000.0..=-431_000.0;
const NORTH: RangeInclusive<f64> = -1_228_000.0..=-935_000.0;
/// WGS 84 over Czechia with a margin, in degrees.
const LONGITUDE: RangeInclusive<f64> = 12.0..=18.9;
const LATITUDE: RangeInclusive<f64> = 48.5..=51.1;

/// How many positions are looked at.
const SAMPLE: usize = 10_000;
/// The share at either end that may be nonsense: zeros, millimetres, another country.
const OUTLIERS: f64 = 0.05;

/// Systems that are refused, with the ranges by which they are told: first axis, second axis.
const REFUSED: [(&str, RangeInclusive<f64>, RangeInclusive<f64>); 6] = [
    ("UTM zóna 33N (EPSG:32633)", 280e3..=900e3, 5.37e6..=5.67e6),
    ("Web Mercator (EPSG:3857)", 1.34e6..=2.11e6, 6.19e6..=6.63e6),
    ("ETRS89-LAEA (EPSG:3035)", 4.4e6..=4.9e6, 2.8e6..=3.2e6),
    (
        "S-JTSK/05 (EPSG:5516)",
        -5.905e6..=-5.431e6,
        -6.228e6..=-5.935e6,
    ),
    (
        "S-JTSK/05 (EPSG:5515)",
        5.935e6..=6.228e6,
        5.431e6..=5.905e6,
    ),
    ("S-JTSK v milimetrech", -905e6..=-431e6, -1228e6..=-935e6),
];

/// How the two numbers of a position are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// EPSG:5514: easting and northing, negative.
    SJtsk,
    /// EPSG:5514 with its axes swapped.
    SJtskSwapped,
    /// Positive, Y (westing) first: as surveyors write it and VFK has it.
    SJtskPositiveYX,
    /// Positive, X (southing) first: EPSG:5513.
    SJtskPositiveXY,
    /// WGS 84, longitude first.
    Wgs84,
    /// WGS 84, latitude first.
    Wgs84Swapped,
}

impl Reading {
    const ALL: [Self; 6] = [
        Self::SJtsk,
        Self::SJtskSwapped,
        Self::SJtskPositiveYX,
        Self::SJtskPositiveXY,
        Self::Wgs84,
        Self::Wgs84Swapped,
    ];

    /// Returns the system, which with the order of axes and the signs makes the reading.
    pub fn crs(self) -> Crs {
        match self {
            Self::Wgs84 | Self::Wgs84Swapped => Crs::Wgs84,
            _ => Crs::SJtsk,
        }
    }

    /// Returns what people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::SJtsk => "S-JTSK (EPSG:5514)",
            Self::SJtskSwapped => "S-JTSK se zaměněnými osami",
            Self::SJtskPositiveYX => "S-JTSK v kladných číslech, pořadí Y, X",
            Self::SJtskPositiveXY => "S-JTSK v kladných číslech, pořadí X, Y (EPSG:5513)",
            Self::Wgs84 => "WGS 84, zeměpisná délka a šířka",
            Self::Wgs84Swapped => "WGS 84, zeměpisná šířka a délka",
        }
    }

    /// Returns the position in EPSG:5514, or nothing when it is not in Czechia by this reading.
    pub fn to_s_jtsk(self, position: [f64; 2]) -> Option<[f64; 2]> {
        let [east, north] = self.ordered(position);
        let (easts, norths) = match self.crs() {
            Crs::SJtsk => (EAST, NORTH),
            _ => (LONGITUDE, LATITUDE),
        };
        (easts.contains(&east) && norths.contains(&north))
            .then(|| transform(self.crs(), Crs::SJtsk, [east, north]))
    }

    /// Puts easting (or longitude) first, with the signs of EPSG:5514.
    fn ordered(self, [a, b]: [f64; 2]) -> [f64; 2] {
        match self {
            Self::SJtsk | Self::Wgs84 => [a, b],
            Self::SJtskSwapped | Self::Wgs84Swapped => [b, a],
            Self::SJtskPositiveYX => [-a, -b],
            Self::SJtskPositiveXY => [-b, -a],
        }
    }
}

/// Why a file's coordinates are not taken; says in Czech what was measured and what is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Unrecognised {
    /// There is not one usable position.
    NoPosition,
    /// The numbers fit no accepted system: 5th percentile, median and 95th percentile of both axes.
    Numbers {
        /// The first axis.
        first: [f64; 3],
        /// The second axis.
        second: [f64; 3],
    },
    /// The numbers fit, but the file declares a system whose positions lie metres away from ours.
    OtherDatum(&'static str),
}

impl fmt::Display for Unrecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPosition => {
                return f.write_str(
                    "soubor nemá jedinou použitelnou polohu; u tabulky pojmenujte sloupce se \
                     souřadnicemi X a Y (nebo lon a lat), případně je určete v souboru --mapping",
                );
            }
            Self::OtherDatum(name) => write!(f, "soubor je v systému {name}, který se nepřijímá")?,
            Self::Numbers { first, second } => {
                let range = |[low, median, high]: &[f64; 3]| {
                    format!("{low:.2} až {high:.2} (střed {median:.2})")
                };
                write!(
                    f,
                    "souřadnice neodpovídají žádnému přijímanému systému: první souřadnice {}, druhá {}",
                    range(first),
                    range(second)
                )?;
                let looks_like = REFUSED
                    .iter()
                    .find(|(_, a, b)| a.contains(&first[1]) && b.contains(&second[1]));
                if let Some((name, ..)) = looks_like {
                    write!(f, "; vypadají jako {name}")?;
                }
            }
        }
        f.write_str(
            ". Přijímá se S-JTSK (431 až 905 km a 935 až 1228 km, v obou pořadích a s oběma znaménky) a WGS 84 \
             (12,0° až 18,9° a 48,5° až 51,1°). Převeďte soubor do S-JTSK (EPSG:5514), například v QGIS",
        )
    }
}

impl std::error::Error for Unrecognised {}

/// Recognises how a file's positions are to be read, with what a person should know about it, in Czech.
///
/// Numbers count more than what the file declares.
pub fn recognise(
    positions: impl Iterator<Item = [f64; 2]>,
    declared: Option<&DeclaredCrs>,
) -> Result<(Reading, Option<String>), Unrecognised> {
    let positions: Vec<_> = positions
        .filter(|p| p.iter().all(|n| n.is_finite()) && *p != [0.0, 0.0])
        .collect();
    let step = positions.len().div_ceil(SAMPLE).max(1);
    let axis = |axis: usize| percentiles(positions.iter().step_by(step).map(|p| p[axis]));
    let (Some(first), Some(second)) = (axis(0), axis(1)) else {
        return Err(Unrecognised::NoPosition);
    };
    let fits = |reading: &&Reading| {
        (0..3).all(|rank| reading.to_s_jtsk([first[rank], second[rank]]).is_some())
    };
    let reading = *Reading::ALL
        .iter()
        .find(fits)
        .ok_or(Unrecognised::Numbers { first, second })?;
    let claim = declared.map_or(Claim::Nothing, Claim::of);
    match claim {
        Claim::OtherDatum(crs, name) if crs == reading.crs() => Err(Unrecognised::OtherDatum(name)),
        claim => Ok((reading, claim.warning(reading))),
    }
}

/// Returns the 5th percentile, the median and the 95th percentile.
fn percentiles(numbers: impl Iterator<Item = f64>) -> Option<[f64; 3]> {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)? as f64;
    let ranks = [
        (last * OUTLIERS).ceil(),
        (last / 2.0).floor(),
        (last * (1.0 - OUTLIERS)).floor(),
    ];
    Some(ranks.map(|rank| sorted[rank as usize]))
}

/// What a file declares about its coordinates.
enum Claim {
    Nothing,
    System(Crs),
    /// Numbers alike, but positions metres away.
    OtherDatum(Crs, &'static str),
    Other(String),
}

impl Claim {
    fn of(declared: &DeclaredCrs) -> Self {
        let code = declared.authority.as_deref().unwrap_or_default();
        let name = declared.name.clone().unwrap_or_default();
        let lower = name.to_lowercase();
        let says = |words: [&str; 2]| words.iter().any(|word| lower.contains(word));
        match code {
            "EPSG:8352" | "EPSG:8353" => Self::slovak(),
            "EPSG:4156" => Self::OtherDatum(Crs::Wgs84, "S-JTSK zeměpisné (EPSG:4156)"),
            "EPSG:5514" | "EPSG:5513" | "EPSG:2065" | "EPSG:5221" | "EPSG:102067"
            | "ESRI:102067" => Self::System(Crs::SJtsk),
            "EPSG:4326" | "EPSG:4258" | "OGC:CRS84" => Self::System(Crs::Wgs84),
            "" if says(["jtsk03", "jtsk_03"]) => Self::slovak(),
            "" if says(["krovak", "křovák"]) => Self::System(Crs::SJtsk),
            "" if lower == "wgs 84" || lower == "gcs_wgs_1984" => Self::System(Crs::Wgs84),
            "" if name.is_empty() => Self::Nothing,
            _ => Self::Other(format!("{code} {name}").trim().to_owned()),
        }
    }

    fn slovak() -> Self {
        Self::OtherDatum(Crs::SJtsk, "S-JTSK [JTSK03], platném jen na Slovensku")
    }

    fn warning(self, reading: Reading) -> Option<String> {
        let claimed = match self {
            Self::Nothing => {
                return Some(format!(
                    "Soubor neříká, v jakém je souřadnicovém systému; podle čísel je to {}.",
                    reading.title()
                ));
            }
            Self::System(crs) if crs == reading.crs() => return None,
            Self::System(crs) => format!("EPSG:{}", crs.epsg()),
            Self::OtherDatum(_, name) => name.to_owned(),
            Self::Other(name) => name,
        };
        Some(format!(
            "Soubor o sobě tvrdí, že je v systému {claimed}, ale čísla v něm jsou {}. Platí čísla; prohlédněte si \
             po importu polohu na mapě.",
            reading.title()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EAST_NORTH: [f64; 2] = [-773_555.0, -999_234.0];

    fn around(position: [f64; 2]) -> impl Iterator<Item = [f64; 2]> {
        (0..40).map(move |step| position.map(|n| n * (1.0 + f64::from(step) * 1e-6)))
    }

    fn check(position: [f64; 2], expected: Reading) {
        let recognised = recognise(around(position), None).map(|(reading, _)| reading);
        assert_eq!(recognised, Ok(expected));
        let [east, north] = expected.to_s_jtsk(position).expect("in Czechia");
        assert!((east - EAST_NORTH[0]).abs() < 0.01, "{east}");
        assert!((north - EAST_NORTH[1]).abs() < 0.01, "{north}");
    }

    #[test]
    fn every_order_and_sign_of_both_systems_is_recognised() {
        let [east, north] = EAST_NORTH;
        let [lon, lat] = transform(Crs::SJtsk, Crs::Wgs84, EAST_NORTH);
        check([east, north], Reading::SJtsk);
        check([north, east], Reading::SJtskSwapped);
        check([-east, -north], Reading::SJtskPositiveYX);
        check([-north, -east], Reading::SJtskPositiveXY);
        check([lon, lat], Reading::Wgs84);
        check([lat, lon], Reading::Wgs84Swapped);
    }

    #[test]
    fn other_systems_are_refused_with_what_was_measured() {
        for (position, name) in [
            ([386_000.0, 5_590_000.0], "32633"),
            ([1_494_000.0, 6_526_000.0], "3857"),
            ([4_560_000.0, 3_050_000.0], "3035"),
            ([-5_807_669.0, -5_991_723.0], "5516"),
            ([-773_555_000.0, -999_234_000.0], "milimetrech"),
        ] {
            let refused = recognise(around(position), None)
                .expect_err("refused")
                .to_string();
            assert!(refused.contains(name), "{refused}");
            assert!(
                refused.contains(&format!("{:.0}", position[0])[..4]),
                "{refused}"
            );
            assert!(refused.contains("Přijímá se"), "{refused}");
        }
        assert_eq!(
            recognise([].into_iter(), None),
            Err(Unrecognised::NoPosition)
        );
    }

    #[test]
    fn zeros_and_a_few_strays_do_not_hide_the_system() {
        let strays = [
            [0.0, 0.0],
            [f64::NAN, 1.0],
            [-773_555_000.0, -999_234_000.0],
        ];
        let all = around(EAST_NORTH).chain(strays);
        assert_eq!(recognise(all, None).map(|(r, _)| r), Ok(Reading::SJtsk));
    }

    #[test]
    fn numbers_win_over_a_declaration_and_the_person_is_warned() {
        let declared = |code: &str| DeclaredCrs {
            authority: Some(code.to_owned()),
            name: None,
        };
        let (reading, warning) =
            recognise(around(EAST_NORTH), Some(&declared("EPSG:4326"))).expect("recognised");
        assert_eq!(reading, Reading::SJtsk);
        assert!(warning.expect("a warning").contains("EPSG:4326"));
        assert_eq!(
            recognise(around(EAST_NORTH), Some(&declared("EPSG:5514"))),
            Ok((Reading::SJtsk, None))
        );
        assert!(matches!(
            recognise(around(EAST_NORTH), Some(&declared("EPSG:8353"))),
            Err(Unrecognised::OtherDatum(_))
        ));
    }
}
