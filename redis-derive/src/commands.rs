//! `#[commands]`: a trait whose methods are commands, for every executor.

use crate::attributes::{name, quoted, set};
use crate::declaration::{Blocking, Declaration};
use crate::from_reply::collect;
use crate::parameter;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::{
    Error, ItemTrait, Path, PathArguments, Result, ReturnType, TraitItem, TraitItemFn, Type,
    parse_quote,
};

/// The trait and its blanket implementation, or what is wrong with it.
pub(crate) fn expand(arguments: TokenStream, input: TokenStream, root: TokenStream) -> TokenStream {
    Arguments::parse(arguments)
        .and_then(|arguments| {
            let item = syn::parse2(input)
                .map_err(|error| Error::new(error.span(), "`#[commands]` goes on a trait"))?;
            let root = match &arguments.krate {
                Some(path) => quote!(#path::__private),
                None => root,
            };
            implement(item, &arguments, &root)
        })
        .unwrap_or_else(Error::into_compile_error)
}

/// What stands in `#[commands(…)]`.
#[derive(Default)]
struct Arguments {
    krate: Option<Path>,
    exclusive: Option<Path>,
}

impl Arguments {
    fn parse(arguments: TokenStream) -> Result<Self> {
        let mut found = Self::default();
        syn::meta::parser(|meta| match &*name(&meta) {
            "crate" => set(&mut found.krate, &meta, quoted(&meta)?),
            "exclusive" => set(&mut found.exclusive, &meta, meta.path.clone()),
            _ => Err(meta.error("`#[commands]` takes `exclusive` and `crate = \"path\"`")),
        })
        .parse2(arguments)?;
        Ok(found)
    }
}

fn implement(
    mut item: ItemTrait,
    arguments: &Arguments,
    root: &TokenStream,
) -> Result<TokenStream> {
    let bound: TokenStream = match arguments.exclusive {
        Some(_) => quote!(#root::Exclusive),
        None => quote!(#root::ExecuteCommand),
    };
    item.supertraits.push(parse_quote!(#bound));
    if item.colon_token.is_none() {
        item.colon_token = Some(Default::default());
    }
    let mut errors = None;
    for part in &mut item.items {
        if let Err(error) = implement_part(part, root) {
            collect(&mut errors, error);
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }

    let name = &item.ident;
    let mut generics = item.generics.clone();
    generics.params.push(parse_quote!(__Executor: #bound + ?::core::marker::Sized));
    let (parameters, _, bounds) = generics.split_for_impl();
    let (_, own, _) = item.generics.split_for_impl();
    let unsafety = &item.unsafety;
    Ok(quote! {
        #item

        #[automatically_derived]
        #unsafety impl #parameters #name #own for __Executor #bounds {}
    })
}

fn implement_part(part: &mut TraitItem, root: &TokenStream) -> Result<()> {
    match part {
        TraitItem::Fn(method) => implement_method(method, root),
        TraitItem::Const(constant) if constant.default.is_some() => Ok(()),
        other => Err(Error::new_spanned(
            other,
            "every executor has this trait at once, so that it holds methods and given constants only",
        )),
    }
}

fn implement_method(method: &mut TraitItemFn, root: &TokenStream) -> Result<()> {
    let is_mark = |attribute: &syn::Attribute| attribute.path().is_ident("command");
    let marks: Vec<_> = method.attrs.iter().filter(|mark| is_mark(mark)).cloned().collect();
    method.attrs.retain(|attribute| !is_mark(attribute));
    let declaration = match (&marks[..], &method.default) {
        ([], Some(_)) => return Ok(()),
        ([], None) => {
            return Err(Error::new_spanned(
                &method.sig,
                "which command is this? Mark it `#[command(\"NAME\")]`, or give it a body",
            ));
        }
        ([_], Some(body)) => {
            return Err(Error::new_spanned(
                body,
                "`#[command]` makes the body: leave one of the two out",
            ));
        }
        ([mark], None) => Declaration::parse(mark, root)?,
        ([_, again, ..], _) => {
            return Err(Error::new_spanned(again, "a method is one command"));
        }
    };
    check_signature(&method.sig)?;
    let timeout = match declaration.blocking() {
        Some(Blocking::Within(parameter)) => Some(parameter),
        Some(Blocking::Forever) | None => None,
    };
    let parameters = parameter::take_all(&mut method.sig, timeout)?;
    let reply = reply(&method.sig.output)?;
    let calls = parameters.iter().map(|parameter| parameter.call(root));
    let spec = declaration.spec(root);
    method.sig.output = parse_quote!(-> #root::Response<'_, Self, #reply>);
    method.semi_token = None;
    method.default = Some(parse_quote!({
        static __SPEC: #root::CommandSpec = #spec;
        #root::ExecuteCommand::execute_command(self, #root::Command::new(&__SPEC) #(#calls)*)
    }));
    Ok(())
}

fn check_signature(signature: &syn::Signature) -> Result<()> {
    if let Some(asyncness) = &signature.asyncness {
        return Err(Error::new_spanned(
            asyncness,
            "leave `async` out: the client decides whether a command is waited for with `.await`",
        ));
    }
    if let Some(unsafety) = &signature.unsafety {
        return Err(Error::new_spanned(unsafety, "no command is unsafe"));
    }
    Ok(())
}

/// The type that the reply is read as.
fn reply(output: &ReturnType) -> Result<Type> {
    let ty = match output {
        ReturnType::Default => return Ok(parse_quote!(())),
        ReturnType::Type(_, ty) => &**ty,
    };
    if is_wrapped(ty) {
        return Err(Error::new_spanned(
            ty,
            "write the reply's type alone: the client decides how it comes, as a `Result` or a future",
        ));
    }
    if matches!(ty, Type::ImplTrait(_)) {
        return Err(Error::new_spanned(ty, "a reply is read as one type: name it"));
    }
    Ok(ty.clone())
}

/// Whether it is `Result<T>` or `Response<'_, Self, T>`, which are no replies.
fn is_wrapped(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    match &*last.ident.to_string() {
        "Result" => true,
        "Response" => arguments.args.len() == 3,
        _ => false,
    }
}
