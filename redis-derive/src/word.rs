//! Enums: each variant a word.

use crate::attributes::Variant;
use crate::case::Written;
use crate::from_reply::{Taken, Target, collect, pattern};
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{DataEnum, Error, Fields, Ident, Result};

pub(crate) fn derive(target: &Target<'_>, data: &DataEnum) -> Result<TokenStream> {
    if data.variants.is_empty() {
        let message = "`FromReply` reads an enum from a word: this one has no variant to be read";
        return Err(Error::new_spanned(&target.input.ident, message));
    }
    let mut taken = Taken::default();
    let mut errors = None;
    let mut arms = Vec::new();
    let mut words = Vec::new();
    let mut other: Option<&Ident> = None;
    for variant in &data.variants {
        match read(target, variant, &mut taken) {
            Ok(Some(names)) => {
                let ident = &variant.ident;
                let patterns = names.iter().map(|name| pattern(name));
                arms.push(quote!(#(#patterns)|* => ::core::result::Result::Ok(Self::#ident),));
                words.extend(names.first().map(|name| format!("`{name}`")));
            }
            Ok(None) if other.is_none() => other = Some(&variant.ident),
            Ok(None) => collect(
                &mut errors,
                Error::new(variant.ident.span(), "only one variant can be `other`"),
            ),
            Err(error) => collect(&mut errors, error),
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }

    let root = &target.root;
    let owner = target.name();
    let words = words.join(", ");
    let rest = match other {
        Some(other) => quote!(::core::result::Result::Ok(Self::#other)),
        None => quote!(::core::result::Result::Err(#root::unknown_word(#owner, #words))),
    };
    let body = quote! {
        fn from_reply(reply: #root::Reply<'_>) -> #root::Result<Self> {
            match reply.scalar(#owner)? {
                #(#arms)*
                _ => #rest,
            }
        }
    };
    Ok(target.implementation(&[], &body))
}

/// The words of a variant, its own first; `None` if it stands for every other word.
fn read(
    target: &Target<'_>,
    variant: &syn::Variant,
    taken: &mut Taken,
) -> Result<Option<Vec<String>>> {
    let message = "`FromReply` reads an enum from a word, which has no place for fields: implement it by hand";
    let attributes = attributes(variant, message)?;
    let Some(own) = own_word(target, variant, &attributes, taken)? else { return Ok(None) };
    let mut names = vec![own];
    for alias in &attributes.names.aliases {
        taken.take(&alias.value(), &variant.ident.unraw(), alias.span())?;
        names.push(alias.value());
    }
    Ok(Some(names))
}

/// The attributes of a variant, which must have no fields.
pub(crate) fn attributes(variant: &syn::Variant, message: &str) -> Result<Variant> {
    match variant.fields {
        Fields::Unit => Variant::parse(&variant.attrs),
        _ => Err(Error::new_spanned(&variant.fields, message)),
    }
}

/// The word by which a variant is written, and first looked for; `None` if it stands for every other.
pub(crate) fn own_word(
    target: &Target<'_>,
    variant: &syn::Variant,
    attributes: &Variant,
    taken: &mut Taken,
) -> Result<Option<String>> {
    if attributes.other.is_some() {
        return Ok(None);
    }
    let ident = variant.ident.unraw();
    let own = match (&attributes.names.rename, target.container.rename_all) {
        (Some(name), _) => name.value(),
        (None, Some(case)) => case.rename(&ident.to_string(), Written::Pascal),
        (None, None) => ident.to_string(),
    };
    let at = attributes.names.rename.as_ref().map_or_else(|| variant.ident.span(), |n| n.span());
    taken.take(&own, &ident, at)?;
    Ok(Some(own))
}
