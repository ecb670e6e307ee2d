//! What stands in `#[redis(…)]`: on a struct or enum, on a field, on a variant.

use crate::case::Case;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, ExprPath, LitStr, Path, Result, parse::Parse};

/// On a struct or enum.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) krate: Option<Path>,
    pub(crate) rename_all: Option<Case>,
    pub(crate) array: Option<Path>,
    pub(crate) transparent: Option<Path>,
    pub(crate) default: Option<Path>,
}

/// On a field.
#[derive(Default)]
pub(crate) struct Field {
    pub(crate) names: Names,
    pub(crate) default: Option<Fallback>,
    pub(crate) skip: Option<Path>,
    pub(crate) flatten: Option<Path>,
    pub(crate) with: Option<ExprPath>,
    pub(crate) write_with: Option<ExprPath>,
}

/// Where a field's value comes from if the reply has none.
pub(crate) enum Fallback {
    Trait,
    Function(ExprPath),
}

/// On a variant.
#[derive(Default)]
pub(crate) struct Variant {
    pub(crate) names: Names,
    pub(crate) other: Option<Path>,
}

/// The names that a field or variant has in the reply, if not its own.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) rename: Option<LitStr>,
    pub(crate) aliases: Vec<LitStr>,
}

impl Container {
    pub(crate) fn parse(attributes: &[Attribute], is_struct: bool) -> Result<Self> {
        const STRUCT: &str = "`rename_all`, `array`, `transparent`, `default` and `crate`";
        let mut found = Self::default();
        each(attributes, |meta| match (&*name(meta), is_struct) {
            ("crate", _) => set(&mut found.krate, meta, quoted(meta)?),
            ("rename_all", _) => {
                let case = Case::parse(&meta.value()?.parse()?)?;
                set(&mut found.rename_all, meta, case)
            }
            ("array", true) => set(&mut found.array, meta, meta.path.clone()),
            ("transparent", true) => set(&mut found.transparent, meta, meta.path.clone()),
            ("default", true) => set(&mut found.default, meta, meta.path.clone()),
            (_, true) => Err(unknown(meta, "a struct", STRUCT)),
            (_, false) => Err(unknown(meta, "an enum", "`rename_all` and `crate`")),
        })?;
        Ok(found)
    }
}

impl Field {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        const KNOWN: &str =
            "`rename`, `alias`, `default`, `skip`, `flatten`, `with` and `write_with`";
        let mut found = Self::default();
        each(attributes, |meta| {
            if found.names.take(meta)? {
                return Ok(());
            }
            match &*name(meta) {
                "default" if meta.input.peek(syn::Token![=]) => {
                    let function = quoted(meta)?;
                    set(&mut found.default, meta, Fallback::Function(function))
                }
                "default" => set(&mut found.default, meta, Fallback::Trait),
                "skip" => set(&mut found.skip, meta, meta.path.clone()),
                "flatten" => set(&mut found.flatten, meta, meta.path.clone()),
                "with" => {
                    let function = quoted(meta)?;
                    set(&mut found.with, meta, function)
                }
                "write_with" => {
                    let function = quoted(meta)?;
                    set(&mut found.write_with, meta, function)
                }
                _ => Err(unknown(meta, "a field", KNOWN)),
            }
        })?;
        found.check()?;
        Ok(found)
    }

    /// What a field that is skipped or flattened cannot have besides.
    fn check(&self) -> Result<()> {
        if let Some(skip) = &self.skip {
            let has_function = self.with.is_some() || self.write_with.is_some();
            if self.names.are_given() || has_function || self.flatten.is_some() {
                return Err(Error::new_spanned(
                    skip,
                    "a skipped field is neither read nor written: `rename`, `alias`, `flatten`, `with` and `write_with` say nothing here",
                ));
            }
        }
        if let Some(flatten) = &self.flatten {
            if self.names.are_given() || self.default.is_some() {
                return Err(Error::new_spanned(
                    flatten,
                    "a flattened field takes every entry that is left: it has no name and is never absent",
                ));
            }
        }
        Ok(())
    }
}

impl Variant {
    pub(crate) fn parse(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        each(attributes, |meta| {
            if found.names.take(meta)? {
                return Ok(());
            }
            match &*name(meta) {
                "other" => set(&mut found.other, meta, meta.path.clone()),
                _ => Err(unknown(meta, "a variant", "`rename`, `alias` and `other`")),
            }
        })?;
        if let Some(other) = found.other.as_ref().filter(|_| found.names.are_given()) {
            return Err(Error::new_spanned(
                other,
                "`other` stands for every word: it has no name of its own",
            ));
        }
        Ok(found)
    }
}

impl Names {
    pub(crate) fn are_given(&self) -> bool {
        self.rename.is_some() || !self.aliases.is_empty()
    }

    /// Takes the attribute if it is about names.
    fn take(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        match &*name(meta) {
            "rename" => {
                let literal = meta.value()?.parse()?;
                set(&mut self.rename, meta, literal)?;
            }
            "alias" => self.aliases.push(meta.value()?.parse()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A path, in quotes or without.
pub(crate) fn quoted<T: Parse>(meta: &ParseNestedMeta<'_>) -> Result<T> {
    let input = meta.value()?;
    if input.peek(LitStr) { input.parse::<LitStr>()?.parse() } else { input.parse() }
}

/// The attribute's name; empty for a path of several words, which none has.
pub(crate) fn name(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(|ident| ident.unraw().to_string()).unwrap_or_default()
}

/// Keeps what an attribute says, once.
pub(crate) fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(meta.error(format_args!("`{}` is given twice", name(meta))));
    }
    Ok(())
}

fn each(
    attributes: &[Attribute],
    mut take: impl FnMut(&ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    for attribute in attributes {
        if attribute.path().is_ident("redis") {
            attribute.parse_nested_meta(|meta| take(&meta))?;
        }
    }
    Ok(())
}

fn unknown(meta: &ParseNestedMeta<'_>, place: &str, known: &str) -> Error {
    let name = name(meta);
    Error::new_spanned(&meta.path, format!("unknown attribute `{name}`: {place} takes {known}"))
}
