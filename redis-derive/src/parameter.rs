//! A method's parameters, and what arguments of the command each becomes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Error, FnArg, GenericParam, Generics, Ident, LitInt, LitStr, Pat, PatType, Result,
    Token, Type, TypeParamBound,
};

/// One parameter.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    role: Role,
}

enum Role {
    /// One argument.
    One,
    /// Any number.
    Many,
    Key,
    Keys,
    /// The number of keys, then these.
    CountedKeys,
    /// Every so manieth is a key.
    KeysEvery(u32),
    /// The word, if it is true.
    Flag(LitStr),
    /// The word and the argument, if there is one.
    Option(LitStr),
    /// The server's own timeout.
    Timeout,
}

impl Parameter {
    /// Reads the parameter, and takes its attributes off.
    pub(crate) fn take(
        argument: &mut PatType,
        generics: &Generics,
        timeout: Option<&Ident>,
    ) -> Result<Self> {
        let Pat::Ident(pattern) = &*argument.pat else {
            return Err(Error::new_spanned(
                &argument.pat,
                "a parameter of a command is a plain name: it becomes an argument as it is",
            ));
        };
        let name = pattern.ident.clone();
        let mut marked = None;
        for attribute in &argument.attrs {
            if let Some(role) = Role::marked(attribute, &argument.ty, generics)? {
                if marked.replace(role).is_some() {
                    return Err(Error::new_spanned(attribute, "a parameter is marked once"));
                }
            }
        }
        argument.attrs.retain(|attribute| !is_mark(attribute));
        let role = if timeout == Some(&name) {
            Role::Timeout
        } else {
            match marked {
                Some(role) => role,
                None => Role::inferred(&name, &argument.ty, generics)?,
            }
        };
        Ok(Self { name, role })
    }

    /// The call that adds it to the command.
    pub(crate) fn call(&self, root: &TokenStream) -> TokenStream {
        let name = &self.name;
        match &self.role {
            Role::One => quote!(.arg(&#name)),
            Role::Many => quote!(.args(&#name)),
            Role::Key => quote!(.key(&#name)),
            Role::Keys => quote!(.keys(&#name)),
            Role::CountedKeys => quote!(.counted_keys(&#name)),
            Role::KeysEvery(step) => quote!(.keys_every(#step, &#name)),
            Role::Flag(word) => quote!(.flag(#word, #name)),
            Role::Option(word) => quote!(.option(#word, #name.as_ref())),
            Role::Timeout => {
                quote!(.arg(&#root::seconds(#name)).block(#root::Block::within(#name)))
            }
        }
    }
}

impl Role {
    /// What a mark on the parameter says; `None` for an attribute that is none of ours.
    fn marked(attribute: &Attribute, ty: &Type, generics: &Generics) -> Result<Option<Self>> {
        let Some(name) = attribute.path().get_ident().filter(|_| is_mark(attribute)) else {
            return Ok(None);
        };
        Ok(Some(match &*name.to_string() {
            "args" => Self::Many,
            "flag" => Self::Flag(attribute.parse_args()?),
            "option" => Self::Option(attribute.parse_args()?),
            _ if matches!(attribute.meta, syn::Meta::List(_)) => Self::keys(attribute)?,
            _ if is_many(ty, generics) => Self::Keys,
            _ => Self::Key,
        }))
    }

    /// `#[key(counted)]`, `#[key(every = 2)]`.
    fn keys(attribute: &Attribute) -> Result<Self> {
        let mut role = None;
        attribute.parse_nested_meta(|meta| {
            role = Some(if meta.path.is_ident("counted") {
                Self::CountedKeys
            } else if meta.path.is_ident("every") {
                Self::KeysEvery(meta.value()?.parse::<LitInt>()?.base10_parse()?)
            } else {
                return Err(meta.error("a key is `counted`, or `every = 2` of the arguments"));
            });
            Ok(())
        })?;
        role.ok_or_else(|| Error::new_spanned(attribute, "leave the parentheses out"))
    }

    fn inferred(name: &Ident, ty: &Type, generics: &Generics) -> Result<Self> {
        if matches!(ty, Type::Path(path) if path.path.is_ident("bool")) {
            return Err(Error::new_spanned(
                ty,
                "a `bool` has no wire form: mark it `#[flag(\"WORD\")]` for a word that is sent if it is true",
            ));
        }
        Ok(match (name == "key", name == "keys", is_many(ty, generics)) {
            (_, true, _) | (true, _, true) => Self::Keys,
            (true, _, false) => Self::Key,
            (_, _, true) => Self::Many,
            _ => Self::One,
        })
    }
}

fn is_mark(attribute: &Attribute) -> bool {
    ["key", "args", "flag", "option"].iter().any(|mark| attribute.path().is_ident(mark))
}

/// Whether a type, by its look, is any number of arguments rather than one.
fn is_many(ty: &Type, generics: &Generics) -> bool {
    /// What is a list of its items to `ToArgs`; bytes (`Vec<u8>`) are one argument there too.
    const LISTS: [&str; 9] = [
        "Option",
        "Vec",
        "VecDeque",
        "LinkedList",
        "HashSet",
        "BTreeSet",
        "HashMap",
        "BTreeMap",
        "ToArgs",
    ];
    match ty {
        Type::Reference(reference) => is_many(&reference.elem, generics),
        Type::Paren(inner) => is_many(&inner.elem, generics),
        Type::Slice(_) | Type::Array(_) | Type::Tuple(_) => true,
        Type::ImplTrait(many) => bounds_many(&many.bounds),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            LISTS.iter().any(|list| last.ident == list) || is_many_parameter(&last.ident, generics)
        }),
        _ => false,
    }
}

fn is_many_parameter(name: &Ident, generics: &Generics) -> bool {
    let inline = generics.params.iter().any(|parameter| match parameter {
        GenericParam::Type(parameter) => parameter.ident == *name && bounds_many(&parameter.bounds),
        _ => false,
    });
    let listed = generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    inline
        || listed.into_iter().any(|predicate| match predicate {
            syn::WherePredicate::Type(predicate) => {
                matches!(&predicate.bounded_ty, Type::Path(path) if path.path.is_ident(name))
                    && bounds_many(&predicate.bounds)
            }
            _ => false,
        })
}

fn bounds_many(bounds: &Punctuated<TypeParamBound, Token![+]>) -> bool {
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| last.ident == "ToArgs")
        }
        _ => false,
    })
}

/// The parameters after `&self`, which it makes sure of.
pub(crate) fn take_all(
    signature: &mut syn::Signature,
    timeout: Option<&Ident>,
) -> Result<Vec<Parameter>> {
    let wanted = "a command is executed through `&self`";
    let generics = signature.generics.clone();
    let mut inputs = signature.inputs.iter_mut();
    match inputs.next() {
        Some(FnArg::Receiver(this))
            if this.reference.is_some()
                && this.mutability.is_none()
                && this.colon_token.is_none() => {}
        Some(other) => return Err(Error::new_spanned(other, wanted)),
        None => return Err(Error::new_spanned(&signature.ident, wanted)),
    }
    let mut parameters = Vec::new();
    for input in inputs {
        if let FnArg::Typed(argument) = input {
            parameters.push(Parameter::take(argument, &generics, timeout)?);
        }
    }
    if let Some(timeout) = timeout {
        if !parameters.iter().any(|parameter| parameter.name == *timeout) {
            let message = format!("there is no parameter `{timeout}` to say how long it waits");
            return Err(Error::new(timeout.span(), message));
        }
    }
    Ok(parameters)
}
