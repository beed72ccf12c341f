//! Curves as SVG.

use std::fmt::Write;

/// One diagram of several lines.
pub struct Panel {
    title: String,
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Panel {
    /// An empty one.
    pub fn new(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            lines: Vec::new(),
        }
    }

    /// Adds a line through points; those that are no finite numbers are left out.
    pub fn line(&mut self, name: &str, points: impl Iterator<Item = (f64, f64)>) {
        let points: Vec<_> = points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        if !points.is_empty() {
            self.lines.push((name.to_owned(), points));
        }
    }
}

/// Okabe and Ito's colours, which the colour-blind can tell apart.
const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
/// Room for numbers at the left, and for titles and numbers above and below.
const LEFT: f64 = 64.0;
const MARGIN: f64 = 32.0;
/// Points a line has at most: more than pixels say nothing.
const POINTS: usize = 1000;

/// The panels one below the other, over a common axis called `axis`.
pub fn svg(panels: &[Panel], axis: &str) -> String {
    let height = HEIGHT * panels.len() as f64 + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    let all = panels
        .iter()
        .flat_map(|panel| &panel.lines)
        .flat_map(|(_, points)| points);
    let (start, end) = range(all.map(|(x, _)| *x));
    for (number, panel) in panels.iter().enumerate() {
        let top = HEIGHT * number as f64 + MARGIN;
        let (bottom, right) = (top + HEIGHT - 2.0 * MARGIN, WIDTH - MARGIN / 2.0);
        let (low, high) = range(panel.lines.iter().flat_map(|(_, points)| points).map(|(_, y)| *y));
        let x = |value: f64| LEFT + (value - start) / (end - start) * (right - LEFT);
        let y = |value: f64| bottom - (value - low) / (high - low) * (bottom - top);
        text(&mut out, (LEFT, top - 12.0), "start", "#000", &panel.title);
        for step in 0..=4 {
            let value = low + (high - low) * f64::from(step) / 4.0;
            let at = y(value);
            let _ = writeln!(
                out,
                "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ddd\" fill=\"none\"/>"
            );
            text(&mut out, (LEFT - 6.0, at + 4.0), "end", "#444", &number_of(value));
            let value = start + (end - start) * f64::from(step) / 4.0;
            text(&mut out, (x(value), bottom + 16.0), "middle", "#444", &number_of(value));
        }
        let mut legend = right;
        for ((name, points), colour) in panel.lines.iter().zip(COLOURS.iter().cycle()) {
            let every = points.len().div_ceil(POINTS);
            let path: Vec<String> = points
                .iter()
                .step_by(every)
                .map(|point| format!("{:.1} {:.1}", x(point.0), y(point.1)))
                .collect();
            let _ = writeln!(
                out,
                "<path d=\"M{}\" stroke=\"{colour}\" stroke-width=\"1.5\" fill=\"none\"/>",
                path.join("L")
            );
            if let [(only, value)] = points[..] {
                let _ = writeln!(
                    out,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2\" fill=\"{colour}\"/>",
                    x(only),
                    y(value)
                );
            }
            text(&mut out, (legend, top - 12.0), "end", colour, name);
            legend -= 8.0 * name.chars().count() as f64 + 12.0;
        }
    }
    text(&mut out, ((LEFT + WIDTH) / 2.0, height - 8.0), "middle", "#000", axis);
    out.push_str("</svg>\n");
    out
}

/// Lowest and highest, apart even where all values are one.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low < high {
        (low, high)
    } else if low == high {
        (low - 0.5, high + 0.5)
    } else {
        (0.0, 1.0) // no value at all
    }
}

/// Three significant digits.
fn number_of(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 1e-3 => format!("{value:.1e}"),
        size if size < 1.0 => format!("{value:.3}"),
        size if size < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.0}"),
    }
}

fn text(out: &mut String, (x, y): (f64, f64), anchor: &str, colour: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{text}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fill_their_panel() {
        let mut panel = Panel::new("a < b");
        panel.line("loss", [(0.0, 2.0), (5.0, f64::NAN), (10.0, 1.0)].into_iter());
        panel.line("nothing", std::iter::empty());
        let picture = svg(&[panel, Panel::new("empty")], "steps");
        assert!(picture.contains("a &lt; b") && picture.contains("<svg") && picture.ends_with("</svg>\n"));
        // From the top left corner of the panel to the bottom right one.
        assert!(picture.contains("d=\"M64.0 32.0L704.0 208.0\""), "{picture}");
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
    }
}
