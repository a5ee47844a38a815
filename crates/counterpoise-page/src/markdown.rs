//! Markdown as HTML that can do nothing: no raw HTML, no links.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

/// What a claim or comparison may come to, with the class that colours it.
const VERDICTS: [(&str, &str); 8] = [
    ("holds", "yes"),
    ("within", "yes"),
    ("does not hold", "no"),
    ("outside", "no"),
    ("undecided", "open"),
    ("missing", "open"),
    ("not measured", "open"),
    ("not compared", "open"),
];

/// `text` as HTML. Headings stand one level lower than written; what is HTML in the text is shown as it is written.
pub(crate) fn to_html(text: &str, prefix: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let mut in_cell = false;
    let events = Parser::new_ext(text, options).filter_map(|event| {
        Some(match event {
            Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
            Event::Start(Tag::HtmlBlock | Tag::Link { .. } | Tag::Image { .. })
            | Event::End(TagEnd::HtmlBlock | TagEnd::Link | TagEnd::Image) => return None,
            Event::Start(Tag::Table(_)) => {
                Event::Html("<div class=\"wide\" tabindex=\"0\"><table>".into())
            }
            Event::End(TagEnd::Table) => Event::Html("</tbody></table></div>\n".into()),
            // Several documents share a page, so their footnotes need names of their own.
            Event::Start(Tag::FootnoteDefinition(name)) => {
                Event::Start(Tag::FootnoteDefinition(unique(prefix, &name)))
            }
            Event::FootnoteReference(name) => Event::FootnoteReference(unique(prefix, &name)),
            Event::Start(Tag::TableCell) => {
                in_cell = true;
                event
            }
            Event::End(TagEnd::TableCell) => {
                in_cell = false;
                event
            }
            Event::Text(word) if in_cell => match verdict(&word) {
                Some(class) => {
                    Event::Html(format!("<b class=\"verdict {class}\">{word}</b>").into())
                }
                None => Event::Text(word),
            },
            other => other,
        })
    });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

fn verdict(word: &str) -> Option<&'static str> {
    let found = VERDICTS.iter().find(|(known, _)| *known == word);
    found.map(|(_, class)| *class)
}

fn unique(prefix: &str, name: &str) -> CowStr<'static> {
    format!("{prefix}-{name}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_footnotes_become_html() {
        let html = to_html(
            "| a | b |\n|---|--:|\n| holds | x[^1] |\n\n[^1]: why\n",
            "t",
        );
        assert!(
            html.contains("<b class=\"verdict yes\">holds</b>"),
            "{html}"
        );
        assert!(html.contains("t-1"), "{html}");
        assert_eq!(html.matches("<tr>").count(), 2, "{html}");
        assert_eq!(
            html.matches("<table>").count(),
            html.matches("</table>").count()
        );
    }

    #[test]
    fn html_and_links_in_a_text_are_text() {
        let html = to_html(
            "a <img src=x onerror=alert(1)> b\n\n<script>alert(1)</script>\n\n[c](javascript:alert(1))\n\n| <b onclick=x> |\n|---|\n| ![d](http://e) |",
            "t",
        );
        for bad in ["<img", "<script", "href", "<b onclick", "src=\""] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}
