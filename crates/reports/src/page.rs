//! A page of tables that stands alone: no script, nothing from elsewhere, fit for a phone and for paper.

use std::fmt::Display;

/// The style, which is part of the page.
const STYLE: &str = include_str!("page.css");

/// Most columns that stand beside each other.
const WIDE: usize = 8;

/// Most bytes of a cell that is not broken into lines.
const SHORT: usize = 14;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Words; never markup, whatever they hold.
    Text(String),
    /// A file beside the page.
    File(String),
}

/// Writes a page piece by piece, so that a long one needs no memory for all of its rows.
#[derive(Debug)]
pub struct Page {
    html: String,
    headers: Vec<String>,
}

fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

impl Page {
    /// Begins a page in a language.
    pub fn new(language: &str, title: &str) -> Self {
        let mut page = Self {
            html: String::new(),
            headers: Vec::new(),
        };
        page.put(format_args!(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n",
            safe(language),
            title = safe(title),
        ));
        page
    }

    fn put(&mut self, text: impl Display) {
        self.html.push_str(&text.to_string());
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        self.put(format_args!("<p>{}</p>\n", safe(text)));
    }

    /// Begins a section; the key is an address within the page.
    pub fn begin_section(&mut self, key: &str, title: &str) {
        let (key, title) = (safe(key), safe(title));
        self.put(format_args!("<section id=\"{key}\">\n<h2>{title}</h2>\n"));
    }

    /// What is to be known about a section.
    pub fn facts(&mut self, facts: &[(String, String)]) {
        self.put("<dl>\n");
        for (name, fact) in facts {
            let (name, fact) = (safe(name), safe(fact));
            self.put(format_args!("<dt>{name}</dt><dd>{fact}</dd>\n"));
        }
        self.put("</dl>\n");
    }

    /// Begins a table. Too many columns for paper stand below each other, as they do on a phone.
    pub fn begin_table(&mut self, headers: &[String]) {
        let is_wide = headers.len() > WIDE;
        let class = if is_wide { " class=\"down\"" } else { "" };
        self.put(format_args!("<table{class}>\n<thead><tr>"));
        for header in headers {
            self.put(format_args!("<th scope=\"col\">{}</th>", safe(header)));
        }
        self.put("</tr></thead>\n<tbody>\n");
        self.headers = headers.iter().map(|it| safe(it)).collect();
    }

    /// A row of the table that was begun.
    pub fn row(&mut self, cells: &[Shown]) {
        self.html.push_str("<tr>");
        for (header, cell) in self.headers.iter().zip(cells) {
            let text = match cell {
                Shown::Text(text) => safe(text),
                Shown::File(path) => {
                    let path = safe(path);
                    format!("<a href=\"{path}\">{path}</a>")
                }
            };
            // A day or a word stays in one line; what is longer may be broken.
            let class = if text.len() <= SHORT {
                " class=\"short\""
            } else {
                ""
            };
            let cell = format!("<td{class} data-label=\"{header}\">{text}</td>");
            self.html.push_str(&cell);
        }
        self.html.push_str("</tr>\n");
    }

    /// Ends the table that was begun.
    pub fn end_table(&mut self) {
        self.put("</tbody>\n</table>\n");
    }

    /// Says that there is nothing in a section.
    pub fn none(&mut self, text: &str) {
        self.put(format_args!("<p class=\"none\">{}</p>\n", safe(text)));
    }

    /// Ends the section that was begun.
    pub fn end_section(&mut self) {
        self.put("</section>\n");
    }

    /// What was written since the last time.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.html).into_bytes()
    }

    /// The end of the page.
    pub fn finish(mut self) -> Vec<u8> {
        self.put("</body>\n</html>\n");
        self.html.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_never_markup() {
        let nasty = "</td><script>alert('1')</script>\" onclick=\"x & y";
        let mut page = Page::new(nasty, nasty);
        page.paragraph(nasty);
        page.begin_section(nasty, nasty);
        page.facts(&[(nasty.to_owned(), nasty.to_owned())]);
        page.begin_table(&[nasty.to_owned()]);
        page.row(&[Shown::Text(nasty.to_owned())]);
        page.row(&[Shown::File(nasty.to_owned())]);
        page.end_table();
        page.none(nasty);
        page.end_section();
        let html = String::from_utf8(page.finish()).unwrap();
        assert!(!html.contains("<script") && !html.contains("\" onclick"));
        assert_eq!(html.matches("<tr>").count(), 3);
        assert!(html.ends_with("</html>\n"));
    }

    #[test]
    fn pieces_are_the_page() {
        let mut page = Page::new("en", "Title");
        let mut pieces = page.take();
        assert!(page.take().is_empty());
        page.paragraph("Words");
        pieces.extend(page.take());
        pieces.extend(page.finish());
        let html = String::from_utf8(pieces).unwrap();
        assert!(html.starts_with("<!doctype html>") && html.contains("<p>Words</p>"));
    }
}
