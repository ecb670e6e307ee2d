//! What stands in `#[command(…)]`: the command's name and its facts.

use crate::attributes::{name, set};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Error, Ident, LitStr, Path, Result, Token};

/// A command as its attribute declares it.
pub(crate) struct Declaration {
    /// Where the name stands: what the table has against it is said there.
    span: Span,
    words: Vec<String>,
    read_only: Option<Path>,
    write: Option<Path>,
    repeatable: Option<Path>,
    cacheable: Option<Path>,
    binds: Option<Path>,
    blocking: Option<Blocking>,
    shape: Option<TokenStream>,
}

/// How long it waits on the server.
pub(crate) enum Blocking {
    Forever,
    /// As long as this parameter says.
    Within(Ident),
}

impl Declaration {
    pub(crate) fn parse(attribute: &Attribute, root: &TokenStream) -> Result<Self> {
        let missing = "the command's name is missing: `#[command(\"NAME\")]`";
        let list =
            attribute.meta.require_list().map_err(|_| Error::new_spanned(attribute, missing))?;
        let parser = |input: ParseStream<'_>| {
            if !input.peek(LitStr) {
                return Err(input.error(missing));
            }
            let mut found = Self::named(&input.parse()?)?;
            if input.is_empty() {
                return Ok(found);
            }
            input.parse::<Token![,]>()?;
            let facts: TokenStream = input.parse()?;
            syn::meta::parser(|meta| found.take(&meta, root)).parse2(facts)?;
            found.check()?;
            Ok(found)
        };
        parser.parse2(list.tokens.clone())
    }

    fn named(literal: &LitStr) -> Result<Self> {
        let text = literal.value();
        let words: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
        if words.is_empty() || words.len() > usize::from(u8::MAX) {
            return Err(Error::new(literal.span(), "a command's name is one word or a few"));
        }
        Ok(Self {
            span: literal.span(),
            words,
            read_only: None,
            write: None,
            repeatable: None,
            cacheable: None,
            binds: None,
            blocking: None,
            shape: None,
        })
    }

    fn take(&mut self, meta: &ParseNestedMeta<'_>, root: &TokenStream) -> Result<()> {
        let path = meta.path.clone();
        match &*name(meta) {
            "read_only" => set(&mut self.read_only, meta, path),
            "write" => set(&mut self.write, meta, path),
            "repeatable" => set(&mut self.repeatable, meta, path),
            "cacheable" => set(&mut self.cacheable, meta, path),
            "binds" => set(&mut self.binds, meta, path),
            "blocking" => {
                let blocking = if meta.input.peek(Token![=]) {
                    Blocking::Within(meta.value()?.parse()?)
                } else {
                    Blocking::Forever
                };
                set(&mut self.blocking, meta, blocking)
            }
            "shape" => {
                let shape = shape(&meta.value()?.parse()?, root)?;
                set(&mut self.shape, meta, shape)
            }
            unknown => Err(Error::new_spanned(
                &meta.path,
                format!(
                    "unknown fact `{unknown}`: a command takes `read_only`, `write`, `repeatable`, \
                     `cacheable`, `binds`, `blocking` and `shape`"
                ),
            )),
        }
    }

    fn check(&self) -> Result<()> {
        let reads = self.read_only.as_ref().or(self.cacheable.as_ref());
        if let (Some(_), Some(write)) = (reads, &self.write) {
            return Err(Error::new_spanned(
                write,
                "a command that writes is neither `read_only` nor `cacheable`",
            ));
        }
        Ok(())
    }

    pub(crate) fn blocking(&self) -> Option<&Blocking> {
        self.blocking.as_ref()
    }

    /// The expression of its `CommandSpec`.
    pub(crate) fn spec(&self, root: &TokenStream) -> TokenStream {
        let name = self.words.join(" ").to_ascii_uppercase();
        let words = self.words.len() as u8;
        let header: String =
            self.words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
        let header = syn::LitByteStr::new(header.as_bytes(), Span::call_site());
        let access = self.access(root);
        let more = self.more(root);
        let shape = match &self.shape {
            Some(shape) => quote!(::core::option::Option::Some(#shape)),
            None => quote!(::core::option::Option::None),
        };
        quote_spanned!(self.span=> #root::specify(#name, #header, #words, #access, #more, #shape))
    }

    /// What replaces the table's word on reading and writing.
    fn access(&self, root: &TokenStream) -> TokenStream {
        if self.read_only.is_some() || self.cacheable.is_some() {
            let flags = quote!(#root::Flags::READ_ONLY.union(#root::Flags::REPEATABLE));
            return quote!(::core::option::Option::Some(#flags));
        }
        match self.write {
            Some(_) => quote!(::core::option::Option::Some(#root::Flags::WRITE)),
            None => quote!(::core::option::Option::None),
        }
    }

    /// What is added to it.
    fn more(&self, root: &TokenStream) -> TokenStream {
        let marks = [
            (self.repeatable.is_some(), quote!(REPEATABLE)),
            (self.cacheable.is_some(), quote!(CACHEABLE)),
            (self.binds.is_some(), quote!(BINDS)),
            (self.blocking.is_some(), quote!(BLOCKS)),
            (self.blocking.is_some(), quote!(ALWAYS_BLOCKS)),
        ];
        let set = marks.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag);
        quote!(#root::Flags::NONE #(.union(#root::Flags::#set))*)
    }
}

/// `map`, `pairs`, `set`, `list of …`, `map of …`.
fn shape(literal: &LitStr, root: &TokenStream) -> Result<TokenStream> {
    let text = literal.value();
    let mut shape: Option<TokenStream> = None;
    for word in text.split(" of ").map(str::trim).collect::<Vec<_>>().into_iter().rev() {
        shape = Some(match (word, shape) {
            ("map", None) => quote!(#root::Shape::Map),
            ("pairs", None) => quote!(#root::Shape::Pairs),
            ("set", None) => quote!(#root::Shape::Set),
            ("list", Some(inner)) => quote!(#root::Shape::ListOf(&#inner)),
            ("map", Some(inner)) => quote!(#root::Shape::MapOf(&#inner)),
            _ => {
                return Err(Error::new(
                    literal.span(),
                    "no such shape; there are `map`, `pairs`, `set`, `list of …` and `map of …`",
                ));
            }
        });
    }
    shape.ok_or_else(|| Error::new(literal.span(), "a shape is missing"))
}
