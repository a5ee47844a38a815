//! The page: its sections, and its HTML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{Environment, context};
use sha2::{Digest, Sha256};

use crate::markdown::to_html;
use crate::pack::json;
use crate::{Generations, Neurons, PageError, PageFigure};

const TEMPLATE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("data.js"),
    include_str!("figures.js"),
    include_str!("neurons.js"),
    include_str!("generations.js"),
    include_str!("start.js"),
);

/// Everything that a page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The title.
    pub title: String,
    /// The sections, in their order. Neurons and generations have a section each below them.
    pub sections: Vec<Section>,
    /// Every neuron; none if there are no columns.
    pub neurons: Neurons,
    /// What the models wrote; none if there are no rows.
    pub generations: Generations,
}

/// One section.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its place in the page's address, unique: lower-case letters and hyphens.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// Its text, as Markdown.
    pub markdown: String,
    /// Its figures, below the text.
    pub figures: Vec<PageFigure>,
    /// Whether tables and figures of it are blurred until they are asked for.
    pub toxic: bool,
}

impl Section {
    /// A section of text.
    #[must_use]
    pub fn of(id: &str, title: &str, markdown: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            markdown: markdown.into(),
            figures: Vec::new(),
            toxic: false,
        }
    }

    /// The section, whose tables and figures are blurred until they are asked for.
    #[must_use]
    pub fn blurred(mut self) -> Self {
        self.toxic = true;
        self
    }

    /// The section with figures.
    #[must_use]
    pub fn with(mut self, figures: Vec<PageFigure>) -> Self {
        self.figures = figures;
        self
    }
}

impl Page {
    /// The whole file. The same page gives the same bytes.
    ///
    /// # Errors
    /// Columns or texts that do not fit together.
    pub fn html(&self) -> Result<String, PageError> {
        let figures: Vec<&PageFigure> = self
            .sections
            .iter()
            .flat_map(|section| &section.figures)
            .collect();
        let sections: Vec<_> = (self.sections.iter())
            .map(|section| {
                let figures = section.figures.iter();
                context! {
                    id => &section.id,
                    toxic => section.toxic,
                    title => &section.title,
                    html => to_html(&section.markdown, &section.id),
                    figures => figures.map(|figure| context! {
                        name => &figure.name,
                        title => &figure.title,
                        caption => &figure.caption,
                    }).collect::<Vec<_>>(),
                }
            })
            .collect();
        let neurons = match self.neurons.columns.is_empty() {
            true => None,
            false => Some(json(&self.neurons.packed()?)?),
        };
        let tokens = match neurons {
            Some(_) => self.neurons.tokens.packed()?,
            None => None,
        };
        let generations = match self.generations.rows.is_empty() {
            true => None,
            false => Some(json(&self.generations.packed()?)?),
        };
        let mut environment = Environment::new();
        // By its name's ending, the template's values are escaped as HTML.
        environment.add_template("page.html", TEMPLATE)?;
        Ok(environment.get_template("page.html")?.render(context! {
            title => &self.title,
            sections,
            figures => json(&figures)?,
            neurons,
            tokens_note => tokens.as_ref().and_then(|tokens| tokens.note.as_ref()),
            tokens => tokens.as_ref().map(json).transpose()?,
            generations,
            style => STYLE,
            script => SCRIPT,
            style_hash => hash(STYLE),
            script_hash => hash(SCRIPT),
        })?)
    }
}

/// The SHA-256 of an element's text, as a content security policy names it.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_policy_names_the_script_that_is_in_the_page() {
        let html = Page::default().html().unwrap();
        let (_, rest) = html.split_once("<script>").unwrap();
        let (script, _) = rest.split_once("</script>").unwrap();
        assert!(html.contains(&format!("script-src 'sha256-{}'", hash(script))));
        let (_, rest) = html.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        assert!(html.contains(&format!("style-src 'sha256-{}'", hash(style))));
        assert!(html.contains("default-src 'none'"));
    }

    #[test]
    fn the_script_reaches_for_nothing_outside() {
        for word in [
            "fetch(",
            "XMLHttpRequest",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        for text in [SCRIPT, STYLE, TEMPLATE] {
            let outside = text.replace("http://www.w3.org/", "");
            assert!(!outside.contains("://"), "an address");
        }
    }

    #[test]
    fn titles_are_escaped() {
        let page = Page {
            title: "<img src=x>".to_owned(),
            sections: vec![Section::of("a", "</h2><script>", "")],
            ..Page::default()
        };
        let html = page.html().unwrap();
        assert!(!html.contains("<img"));
        assert_eq!(html.matches("<script>").count(), 1);
    }
}
