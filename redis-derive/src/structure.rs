//! Structs: by name from a map, by position from an array, or as their only field is.
//!
//! Expansions are spanned at the mixed site, where their variables cannot meet names of the user's
//! (`#[redis(with = value)]` is no variable of ours).

use crate::attributes::{Fallback, Field};
use crate::case::Written;
use crate::from_reply::{Taken, Target, collect, pattern};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DataStruct, Error, Fields, Ident, Member, Result, Type};

pub(crate) fn derive(target: &Target<'_>, data: &DataStruct) -> Result<TokenStream> {
    let parts = parts(data)?;
    if !parts.iter().any(Part::is_read) {
        let message = "`FromReply` has no field to read here: ask for `()` instead";
        return Err(Error::new_spanned(&target.input.ident, message));
    }
    let form = form(target, data, &parts)?;
    let read: Vec<&Type> =
        parts.iter().filter(|part| part.is_read_by_type()).map(|part| part.ty).collect();
    let body = match form {
        Form::Transparent => transparent(target, &parts),
        Form::Array => by_position(target, &parts),
        Form::Map => by_name(target, &parts)?,
    };
    Ok(target.implementation(&read, &body))
}

enum Form {
    Transparent,
    Array,
    Map,
}

/// One field.
pub(crate) struct Part<'d> {
    pub(crate) member: Member,
    pub(crate) ty: &'d Type,
    pub(crate) attributes: Field,
    /// The variable that holds it while the reply is read.
    slot: Ident,
}

impl Part<'_> {
    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    fn ident(&self) -> Ident {
        match &self.member {
            Member::Named(name) => name.unraw(),
            Member::Unnamed(_) => self.slot.clone(),
        }
    }

    fn is_read(&self) -> bool {
        self.attributes.skip.is_none()
    }

    fn is_read_by_type(&self) -> bool {
        self.is_read() && self.attributes.with.is_none()
    }

    /// What reads it; errors about its type point at the type.
    fn reader(&self, root: &TokenStream) -> TokenStream {
        let ty = self.ty;
        match &self.attributes.with {
            Some(function) => quote!(#function),
            // a closure, not the function itself: else the compiler complains about a type twice
            None => quote_spanned!(Span::mixed_site()=> |reply| #root::read::<#ty>(reply)),
        }
    }

    /// Where it comes from if it has a default.
    fn default(&self, target: &Target<'_>) -> Option<TokenStream> {
        let ty = self.ty;
        let member = &self.member;
        match &self.attributes.default {
            Some(Fallback::Function(function)) => Some(quote!(#function())),
            _ if target.container.default.is_some() => {
                Some(quote!(<Self as ::core::default::Default>::default().#member))
            }
            Some(Fallback::Trait) => Some(trait_default(ty)),
            None if !self.is_read() => Some(trait_default(ty)),
            None => None,
        }
    }
}

fn trait_default(ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
}

/// The fields, or everything that is wrong with their attributes.
pub(crate) fn parts(data: &DataStruct) -> Result<Vec<Part<'_>>> {
    let mut errors = None;
    let mut parts = Vec::new();
    for (index, (field, member)) in data.fields.iter().zip(data.fields.members()).enumerate() {
        match Field::parse(&field.attrs) {
            Ok(attributes) => {
                // a variable of the expansion, which no field's name can meet
                let slot = format_ident!("field_{index}", span = Span::mixed_site());
                parts.push(Part { member, ty: &field.ty, attributes, slot });
            }
            Err(error) => collect(&mut errors, error),
        }
    }
    errors.map_or(Ok(parts), Err)
}

fn form(target: &Target<'_>, data: &DataStruct, parts: &[Part<'_>]) -> Result<Form> {
    let container = &target.container;
    let is_tuple = matches!(data.fields, Fields::Unnamed(_));
    let read = parts.iter().filter(|part| part.is_read()).count();
    let form = match (&container.array, &container.transparent) {
        (Some(array), Some(_)) => {
            return Err(Error::new_spanned(array, "a struct is either `array` or `transparent`"));
        }
        (Some(_), None) => Form::Array,
        (None, Some(mark)) if read != 1 => {
            let message = format!("a `transparent` struct has one field that is read, not {read}");
            return Err(Error::new_spanned(mark, message));
        }
        (None, Some(_)) => Form::Transparent,
        (None, None) if is_tuple && read == 1 => Form::Transparent,
        (None, None) if is_tuple => {
            return Err(Error::new_spanned(
                &target.input.ident,
                "the fields of a tuple struct have no names: mark it `#[redis(array)]` to read it by position",
            ));
        }
        (None, None) => return Ok(Form::Map),
    };
    for part in parts {
        let is_whole = matches!(form, Form::Transparent) && part.is_read();
        if is_whole && part.attributes.default.is_some() {
            let message =
                "this field is the whole reply, which is never absent: leave `default` out";
            return Err(Error::new(part.ty.span(), message));
        }
        if let Some(flatten) = &part.attributes.flatten {
            let message = "nothing is read by name here, so that no entries are left: leave it out";
            return Err(Error::new_spanned(flatten, message));
        }
        if let Some(name) =
            part.attributes.names.rename.iter().chain(&part.attributes.names.aliases).next()
        {
            return Err(Error::new(name.span(), "nothing is read by name here: leave it out"));
        }
    }
    Ok(form)
}

/// Reads the one field from the whole reply; nil and emptiness are its own affair.
fn transparent(target: &Target<'_>, parts: &[Part<'_>]) -> TokenStream {
    let root = &target.root;
    let build = |value: &TokenStream| {
        let fields = parts.iter().map(|part| {
            let member = &part.member;
            let value = if part.is_read() { Some(value.clone()) } else { part.default(target) };
            quote_spanned!(Span::mixed_site()=> #member: #value)
        });
        quote_spanned!(Span::mixed_site()=> Self { #(#fields),* })
    };
    let Some(part) = parts.iter().find(|part| part.is_read()) else { return TokenStream::new() };
    let reader = part.reader(root);
    let whole = build(&quote_spanned!(Span::mixed_site()=> (#reader)(reply)?));
    let mut body = quote_spanned! {Span::mixed_site()=>
        fn from_reply(reply: #root::Reply<'_>) -> #root::Result<Self> {
            ::core::result::Result::Ok(#whole)
        }
    };
    if part.attributes.with.is_none() {
        let ty = part.ty;
        let inner = build(&quote_spanned!(Span::mixed_site()=> inner));
        body.extend(quote_spanned! {Span::mixed_site()=>
            fn option_from_reply(
                reply: #root::Reply<'_>,
            ) -> #root::Result<::core::option::Option<Self>> {
                ::core::result::Result::Ok(
                    match <#ty as #root::FromReply>::option_from_reply(reply)? {
                        ::core::option::Option::Some(inner) => ::core::option::Option::Some(#inner),
                        ::core::option::Option::None => ::core::option::Option::None,
                    },
                )
            }
        });
    }
    body
}

fn by_position(target: &Target<'_>, parts: &[Part<'_>]) -> TokenStream {
    let root = &target.root;
    let owner = target.name();
    let reads = parts.iter().filter(|part| part.is_read()).map(|part| {
        let (slot, name, reader) = (&part.slot, part.name(), part.reader(root));
        let absent = part.default(target).unwrap_or_else(
            || quote_spanned!(Span::mixed_site()=> #root::past_end(reply, #owner, #name, #reader)?),
        );
        let present = present(part, target);
        quote_spanned! {Span::mixed_site()=>
            let #slot = match ::core::iter::Iterator::next(&mut items) {
                #present => #root::field(value, #owner, #name, #reader)?,
                _ => #absent,
            };
        }
    });
    let fields = parts.iter().map(|part| {
        let (member, slot) = (&part.member, &part.slot);
        let value = if part.is_read() {
            Some(quote_spanned!(Span::mixed_site()=> #slot))
        } else {
            part.default(target)
        };
        quote_spanned!(Span::mixed_site()=> #member: #value)
    });
    let option = option_of_aggregate(root);
    quote_spanned! {Span::mixed_site()=>
        fn from_reply(reply: #root::Reply<'_>) -> #root::Result<Self> {
            let mut items = #root::items(reply, #owner)?;
            #(#reads)*
            ::core::result::Result::Ok(Self { #(#fields),* })
        }
        #option
    }
}

/// Matches an element that is to be read: for a field with a default, one that is not nil.
fn present(part: &Part<'_>, target: &Target<'_>) -> TokenStream {
    if part.default(target).is_some() {
        quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(value) if !value.is_nil())
    } else {
        quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(value))
    }
}

fn by_name(target: &Target<'_>, parts: &[Part<'_>]) -> Result<TokenStream> {
    let root = &target.root;
    let owner = target.name();
    let mut taken = Taken::default();
    let mut errors = None;
    let mut named = Named::default();
    for part in parts {
        let member = &part.member;
        if !part.is_read() {
            let default = part.default(target);
            named.fields.push(quote!(#member: #default));
        } else if part.attributes.flatten.is_some() {
            let (name, reader) = (part.name(), part.reader(root));
            named.fields.push(quote_spanned! {Span::mixed_site()=>
                #member: #root::flattened(reply, CLAIMED, #owner, #name, #reader)?
            });
            named.is_flattened = true;
        } else if let Err(error) = named.add(target, part, &mut taken) {
            collect(&mut errors, error);
        }
    }
    errors.map_or_else(|| Ok(named.into_body(target)), Err)
}

/// What a struct that is read by name is made of.
#[derive(Default)]
struct Named {
    slots: Vec<TokenStream>,
    arms: Vec<TokenStream>,
    fields: Vec<TokenStream>,
    claimed: Vec<TokenStream>,
    is_flattened: bool,
}

impl Named {
    /// Adds a field that has a name.
    fn add(&mut self, target: &Target<'_>, part: &Part<'_>, taken: &mut Taken) -> Result<()> {
        let (root, owner) = (&target.root, target.name());
        let (member, slot, ty) = (&part.member, &part.slot, part.ty);
        let (name, reader, default) = (part.name(), part.reader(root), part.default(target));
        let names = names(target, part, taken)?;
        let patterns: Vec<_> = names.iter().map(|name| pattern(name)).collect();
        let site = Span::mixed_site();
        // what has a default has it for nil too
        let guard = default.as_ref().map(|_| quote_spanned!(site=> if !value.is_nil()));
        self.slots.push(quote_spanned! {site=>
            let mut #slot: ::core::option::Option<#ty> = ::core::option::Option::None;
        });
        self.arms.push(quote_spanned! {site=>
            #(#patterns)|* #guard => {
                #root::fill(&mut #slot, value, #owner, #name, #reader)?;
            }
        });
        let wire = names.first();
        let absent = default.unwrap_or_else(
            || quote_spanned!(site=> #root::absent(reply, #owner, #name, #wire, #reader)?),
        );
        self.fields.push(quote_spanned! {site=>
            #member: match #slot {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => #absent,
            }
        });
        self.claimed.extend(patterns);
        Ok(())
    }

    fn into_body(self, target: &Target<'_>) -> TokenStream {
        let Self { slots, arms, fields, claimed, is_flattened } = self;
        let (root, owner) = (&target.root, target.name());
        let site = Span::mixed_site();
        let claims = is_flattened
            .then(|| quote_spanned!(site=> const CLAIMED: &[&[u8]] = &[#(#claimed),*];));
        let reading = (!arms.is_empty()).then(|| {
            quote_spanned! {site=>
                for (name, value) in #root::entries(reply, #owner)? {
                    match name.raw() {
                        #(#arms)*
                        _ => {}
                    }
                }
            }
        });
        let option = option_of_aggregate(root);
        quote_spanned! {site=>
            fn from_reply(reply: #root::Reply<'_>) -> #root::Result<Self> {
                #claims
                #(#slots)*
                #reading
                ::core::result::Result::Ok(Self { #(#fields),* })
            }
            #option
        }
    }
}

/// The names under which a field may come, its own first.
fn names(target: &Target<'_>, part: &Part<'_>, taken: &mut Taken) -> Result<Vec<String>> {
    let mut names = vec![own_name(target, part, taken)?];
    for alias in &part.attributes.names.aliases {
        taken.take(&alias.value(), &part.ident(), alias.span())?;
        names.push(alias.value());
    }
    Ok(names)
}

/// The name under which a field is written, and first looked for.
pub(crate) fn own_name(target: &Target<'_>, part: &Part<'_>, taken: &mut Taken) -> Result<String> {
    let given = &part.attributes.names.rename;
    let (field, ident) = (part.name(), part.ident());
    let own = match (given, target.container.rename_all) {
        (Some(name), _) => name.value(),
        (None, Some(case)) => case.rename(&field, Written::Snake),
        (None, None) => field,
    };
    taken.take(&own, &ident, given.as_ref().map_or_else(|| ident.span(), |name| name.span()))?;
    Ok(own)
}

fn option_of_aggregate(root: &TokenStream) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        fn option_from_reply(
            reply: #root::Reply<'_>,
        ) -> #root::Result<::core::option::Option<Self>> {
            if #root::is_absent(reply) {
                return ::core::result::Result::Ok(::core::option::Option::None);
            }
            <Self as #root::FromReply>::from_reply(reply).map(::core::option::Option::Some)
        }
    }
}
