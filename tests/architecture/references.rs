//! What the documents say of tests: a link to a Rust file whose fragment is a name says that this
//! function is there.

/// A link to a function: where it stands, the file it leads to, and the function.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) place: String,
    pub(crate) file: String,
    pub(crate) function: String,
}

/// The links of a document, in the root or one folder below it, that lead to functions.
pub(crate) fn of_document(name: &str, text: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for link in line.split("](").skip(1) {
            let Some((target, _)) = link.split_once(')') else { continue };
            let target = target.strip_prefix("../").unwrap_or(target);
            let Some((file, function)) = target.split_once('#') else { continue };
            if file.ends_with(".rs") {
                found.push(Reference {
                    place: format!("{name}:{number}"),
                    file: file.to_owned(),
                    function: function.to_owned(),
                });
            }
        }
    }
    found
}

/// Those that lead nowhere; `read` has the text of a file, if there is one.
pub(crate) fn broken(
    references: &[Reference],
    read: impl Fn(&str) -> Option<String>,
) -> Vec<String> {
    let mut offenders = Vec::new();
    for Reference { place, file, function } in references {
        let is_there = read(file).is_some_and(|text| {
            ["(", "<"].iter().any(|after| text.contains(&format!("fn {function}{after}")))
        });
        if !is_there {
            offenders.push(format!("{place}: `{function}` is not in {file}"));
        }
    }
    offenders
}
