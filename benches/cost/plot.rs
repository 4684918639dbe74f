//! The cost of a lookup against the size of the registry, as a picture.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::Error;
use crate::report::{say, thousands};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 280.0;

/// Writes `docs/cost-by-size.svg`: devices, and processor time of a lookup in units of the ceiling's.
pub(crate) fn write(points: &[(u64, f64)]) -> Result<(), Error> {
    let highest = points
        .iter()
        .map(|point| point.1)
        .fold(1.0, f64::max)
        .ceil();
    let height = |cost: f64| BOTTOM - (BOTTOM - TOP) * cost / highest;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"20\">CPU time of AdminGetDevice, in units of the ceiling's, by devices in the registry</text>\n"
    );
    let mut step = 0.0;
    while step <= highest {
        let (y, right) = (height(step), WIDTH - 20.0);
        writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{step}</text>",
            LEFT - 8.0,
            y + 4.0
        )?;
        step += 1.0;
    }
    let mut line = String::new();
    let mut x = LEFT + 60.0;
    for (place, (devices, cost)) in points.iter().enumerate() {
        let y = height(*cost);
        write!(line, "{}{x:.1} {y:.1}", if place == 0 { "M" } else { "L" })?;
        writeln!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{cost:.2}</text>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            y - 10.0,
            BOTTOM + 18.0,
            thousands(*devices)
        )?;
        x += 150.0;
    }
    write!(
        svg,
        "<path d=\"{line}\" fill=\"none\" stroke=\"black\"/>\n</svg>\n"
    )?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cost-by-size.svg");
    fs::create_dir_all(file.with_file_name(""))?;
    fs::write(&file, svg)?;
    say(format_args!("Drawn in {}", file.display()));
    Ok(())
}
