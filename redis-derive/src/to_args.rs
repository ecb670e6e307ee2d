//! `#[derive(ToArgs)]`: structs as names and values, as values alone, or as their only field is; enums
//! as words.
//!
//! This decides what is written for what. What may be written in one place is `ToArg`'s part, and how
//! many of it `ToArgs`'.

use crate::from_reply::{Bound, Taken, Target, collect};
use crate::structure::{self, Part};
use crate::word;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DataEnum, DataStruct, Error, Fields, Result, WherePredicate};

/// The implementations, or what is wrong with the type.
pub(crate) fn expand(input: TokenStream, root: TokenStream) -> TokenStream {
    syn::parse2(input)
        .and_then(|input| derive(&Target::new(&input, root)?))
        .unwrap_or_else(Error::into_compile_error)
}

fn derive(target: &Target<'_>) -> Result<TokenStream> {
    match &target.input.data {
        Data::Struct(data) => of_struct(target, data),
        Data::Enum(data) => of_enum(target, data),
        Data::Union(data) => Err(Error::new(
            data.union_token.span,
            "`ToArgs` writes structs and enums: nobody can tell which field of a union there is",
        )),
    }
}

fn of_struct(target: &Target<'_>, data: &DataStruct) -> Result<TokenStream> {
    let mut parts = structure::parts(data)?;
    parts.retain(|part| part.attributes.skip.is_none());
    if parts.is_empty() {
        let message = "`ToArgs` has no field to write here";
        return Err(Error::new_spanned(&target.input.ident, message));
    }
    check(&parts)?;
    if let Some(part) = whole(target, data, &parts)? {
        return Ok(transparent(target, part));
    }
    let is_array = target.container.array.is_some();
    let mut taken = Taken::default();
    let mut errors = None;
    let mut writes = Vec::new();
    for part in &parts {
        let name = match () {
            () if is_array || part.attributes.flatten.is_some() => Ok(None),
            () => structure::own_name(target, part, &mut taken).map(Some),
        };
        match name {
            Ok(name) => writes.push(write(target, part, name.as_deref())),
            Err(error) => collect(&mut errors, error),
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    let bounds: Vec<Bound<'_>> =
        parts.iter().filter(|part| part.attributes.write_with.is_none()).map(bound).collect();
    let body = method(target, &quote!(to_args), &quote!(#(#writes)*));
    Ok(target.implementation_of(&quote!(ToArgs), &bounds, None, &body))
}

/// A field that is read by a function is not written without one: what `ToArg` makes of it may be
/// another thing.
fn check(parts: &[Part<'_>]) -> Result<()> {
    let mut errors = None;
    for part in parts {
        if let (Some(with), None) = (&part.attributes.with, &part.attributes.write_with) {
            let message = "`with` says how the field is read: say with `write_with = path` what is written of it, as a `fn(&T) -> impl ToArg`";
            collect(&mut errors, Error::new_spanned(with, message));
        }
    }
    errors.map_or(Ok(()), Err)
}

/// The field that is the whole, in a struct that is written as its only field is.
fn whole<'p, 'd>(
    target: &Target<'_>,
    data: &DataStruct,
    parts: &'p [Part<'d>],
) -> Result<Option<&'p Part<'d>>> {
    let container = &target.container;
    let is_tuple = matches!(data.fields, Fields::Unnamed(_));
    let whole = match (&container.array, &container.transparent, parts) {
        (Some(array), Some(_), _) => {
            return Err(Error::new_spanned(array, "a struct is either `array` or `transparent`"));
        }
        (Some(_), None, _) => None,
        (None, Some(_), [part]) => Some(part),
        (None, Some(mark), _) => {
            let count = parts.len();
            let message =
                format!("a `transparent` struct has one field that is written, not {count}");
            return Err(Error::new_spanned(mark, message));
        }
        (None, None, [part]) if is_tuple => Some(part),
        (None, None, _) if is_tuple => {
            return Err(Error::new_spanned(
                &target.input.ident,
                "the fields of a tuple struct have no names: mark it `#[redis(array)]` to write its values alone",
            ));
        }
        (None, None, _) => return Ok(None),
    };
    for part in parts {
        let names = &part.attributes.names;
        if let Some(name) = names.rename.iter().chain(&names.aliases).next() {
            return Err(Error::new(name.span(), "nothing is written by name here: leave it out"));
        }
        if let (Some(_), Some(flatten)) = (whole, &part.attributes.flatten) {
            let message = "this field is the whole already: leave it out";
            return Err(Error::new_spanned(flatten, message));
        }
    }
    Ok(whole)
}

fn bound<'d>(part: &Part<'d>) -> Bound<'d> {
    match part.attributes.flatten {
        Some(_) => (part.ty, quote!(ToArgs)),
        None => (part.ty, quote!(ToArg)),
    }
}

/// Writes one field.
fn write(target: &Target<'_>, part: &Part<'_>, name: Option<&str>) -> TokenStream {
    let (root, owner, field) = (&target.root, target.name(), part.name());
    let (function, name) = match (&part.attributes.flatten, name) {
        (Some(_), _) => (quote!(any), None),
        (None, None) => (quote!(one), None),
        (None, Some(name)) => (quote!(named), Some(quote!(#name,))),
    };
    let site = Span::mixed_site();
    let (member, ty) = (&part.member, part.ty);
    let write = match &part.attributes.write_with {
        None => quote_spanned! {site=> #root::#function::<#ty>(&self.#member, #name command) },
        Some(made) => quote_spanned! {site=>
            {
                let made = #made(&self.#member);
                #root::copied(command, |command| #root::#function(&made, #name command));
            }
        },
    };
    quote_spanned! {site=> #root::write(command, #owner, #field, |command| #write); }
}

/// One argument if its field is one, and any number if that is.
fn transparent(target: &Target<'_>, part: &Part<'_>) -> TokenStream {
    let (root, ty, member) = (&target.root, part.ty, &part.member);
    let site = Span::mixed_site();
    let to_args = quote!(to_args);
    let to_arg = quote!(to_arg);
    if part.attributes.write_with.is_some() {
        let write = write(target, part, None);
        let one = method(target, &to_arg, &write);
        let any = method(target, &to_args, &write);
        let one = target.implementation_of(&quote!(ToArg), &[], None, &one);
        let any = target.implementation_of(&quote!(ToArgs), &[], None, &any);
        return quote!(#one #any);
    }
    let one = quote_spanned! {site=> #root::one::<#ty>(&self.#member, command); };
    let any = quote_spanned! {site=> #root::any::<#ty>(&self.#member, command); };
    // the lifetime, which means nothing, lets the condition be one that does not hold
    let condition: WherePredicate = syn::parse_quote!(for<'redis_whole> #ty: #root::ToArg);
    let one = method(target, &to_arg, &one);
    let any = method(target, &to_args, &any);
    let one = target.implementation_of(&quote!(ToArg), &[], Some(condition), &one);
    let any = target.implementation_of(&quote!(ToArgs), &[(ty, quote!(ToArgs))], None, &any);
    quote!(#one #any)
}

fn of_enum(target: &Target<'_>, data: &DataEnum) -> Result<TokenStream> {
    if data.variants.is_empty() {
        let message = "`ToArgs` writes an enum as a word: this one has no variant to be written";
        return Err(Error::new_spanned(&target.input.ident, message));
    }
    let (root, owner) = (&target.root, target.name());
    let site = Span::mixed_site();
    let mut taken = Taken::default();
    let mut errors = None;
    let mut arms = Vec::new();
    for variant in &data.variants {
        let message = "`ToArgs` writes an enum as a word, which has no place for fields: implement it by hand";
        let word = word::attributes(variant, message)
            .and_then(|attributes| word::own_word(target, variant, &attributes, &mut taken));
        let (ident, shown) = (&variant.ident, variant.ident.unraw().to_string());
        match word {
            Ok(Some(word)) => arms.push(quote_spanned! {site=>
                Self::#ident => #root::one(#word, command),
            }),
            Ok(None) => arms.push(quote_spanned! {site=>
                Self::#ident => #root::wordless(command, #owner, #shown),
            }),
            Err(error) => collect(&mut errors, error),
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    let write = quote_spanned! {site=> match self { #(#arms)* } };
    let one = method(target, &quote!(to_arg), &write);
    let write = quote_spanned! {site=> #root::ToArg::to_arg(self, command); };
    let any = method(target, &quote!(to_args), &write);
    let one = target.implementation_of(&quote!(ToArg), &[], None, &one);
    let any = target.implementation_of(&quote!(ToArgs), &[], None, &any);
    Ok(quote!(#one #any))
}

fn method(target: &Target<'_>, name: &TokenStream, body: &TokenStream) -> TokenStream {
    let root = &target.root;
    quote_spanned! {Span::mixed_site()=>
        fn #name<'redis_command>(
            &'redis_command self,
            command: &mut #root::Command<'redis_command>,
        ) {
            #body
        }
    }
}
