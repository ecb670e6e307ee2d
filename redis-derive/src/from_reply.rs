//! `#[derive(FromReply)]`: what is derived for what; and what every derivation starts from.

use crate::attributes::Container;
use crate::{structure, word};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use std::collections::BTreeMap;
use syn::visit::{self, Visit};
use syn::{Data, DeriveInput, Error, GenericParam, Ident, Result, Type, WherePredicate};

/// The implementation, or what is wrong with the type.
pub(crate) fn expand(input: TokenStream, root: TokenStream) -> TokenStream {
    syn::parse2(input)
        .and_then(|input| derive(&Target::new(&input, root)?))
        .unwrap_or_else(Error::into_compile_error)
}

/// What every kind of type is derived from.
pub(crate) struct Target<'i> {
    pub(crate) input: &'i DeriveInput,
    pub(crate) container: Container,
    pub(crate) root: TokenStream,
}

fn derive(target: &Target<'_>) -> Result<TokenStream> {
    match &target.input.data {
        Data::Struct(data) => structure::derive(target, data),
        Data::Enum(data) => word::derive(target, data),
        Data::Union(data) => Err(Error::new(
            data.union_token.span,
            "`FromReply` reads structs and enums: nobody can tell which field of a union a reply is",
        )),
    }
}

impl<'i> Target<'i> {
    pub(crate) fn new(input: &'i DeriveInput, root: TokenStream) -> Result<Self> {
        let is_struct = matches!(input.data, Data::Struct(_));
        let container = Container::parse(&input.attrs, is_struct)?;
        let root = match &container.krate {
            Some(path) => quote!(#path::__private),
            None => root,
        };
        Ok(Self { input, container, root })
    }

    /// The name that messages use.
    pub(crate) fn name(&self) -> String {
        self.input.ident.to_string()
    }

    /// The `impl` block of `FromReply`, its type parameters bounded where one of `read` is made of them.
    pub(crate) fn implementation(&self, read: &[&Type], body: &TokenStream) -> TokenStream {
        let name = quote!(FromReply);
        let bounds: Vec<Bound<'_>> = read.iter().map(|of| (*of, name.clone())).collect();
        self.implementation_of(&name, &bounds, None, body)
    }

    /// The `impl` block of a trait.
    pub(crate) fn implementation_of(
        &self,
        implemented: &TokenStream,
        bounds: &[Bound<'_>],
        condition: Option<WherePredicate>,
        body: &TokenStream,
    ) -> TokenStream {
        let Self { input, root, .. } = self;
        let mut generics = input.generics.clone();
        for parameter in &mut generics.params {
            if let GenericParam::Type(parameter) = parameter {
                let mut given: Vec<String> = Vec::new();
                for (of, bound) in bounds {
                    let is_new = !given.contains(&bound.to_string());
                    if is_new && mentions(of, &parameter.ident) {
                        parameter.bounds.push(syn::parse_quote!(#root::#bound));
                        given.push(bound.to_string());
                    }
                }
            }
        }
        if let Some(condition) = condition {
            generics.make_where_clause().predicates.push(condition);
        }
        let name = &input.ident;
        let (parameters, _, conditions) = generics.split_for_impl();
        let (_, arguments, _) = input.generics.split_for_impl();
        quote! {
            #[automatically_derived]
            impl #parameters #root::#implemented for #name #arguments #conditions {
                #body
            }
        }
    }
}

/// The trait that the type parameters in a type must have.
pub(crate) type Bound<'t> = (&'t Type, TokenStream);

/// Sees to it that no name is taken twice.
#[derive(Default)]
pub(crate) struct Taken(BTreeMap<String, String>);

impl Taken {
    /// Takes a name of the reply for a field or variant.
    pub(crate) fn take(&mut self, name: &str, owner: &Ident, at: Span) -> Result<()> {
        match self.0.insert(name.to_owned(), owner.to_string()) {
            None => Ok(()),
            Some(other) => {
                Err(Error::new(at, format!("the name \"{name}\" is taken by `{other}` already")))
            }
        }
    }
}

/// A name as the bytes that a reply has.
pub(crate) fn pattern(name: &str) -> TokenStream {
    syn::LitByteStr::new(name.as_bytes(), Span::call_site()).into_token_stream()
}

/// Adds an error to those found before, so that all are told at once.
pub(crate) fn collect(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(errors) => errors.combine(error),
        None => *errors = Some(error),
    }
}

fn mentions(of: &Type, parameter: &Ident) -> bool {
    struct Finder<'p> {
        parameter: &'p Ident,
        found: bool,
    }
    impl Visit<'_> for Finder<'_> {
        fn visit_path(&mut self, path: &syn::Path) {
            let first = path.segments.first();
            self.found |= first.is_some_and(|segment| segment.ident == *self.parameter);
            visit::visit_path(self, path);
        }
    }
    let mut finder = Finder { parameter, found: false };
    finder.visit_type(of);
    finder.found
}
