//! `docs/schema`: what is documented is what is written, field by field.
//!
//! Only the parts of JSON Schema that our files use are checked: `type`, `enum`, `const`,
//! `anyOf`, `properties`, `required`, `items`, `minimum`, `maximum`, and lengths of lists.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::shelf::shelf;
use crate::util::Folder;

/// Fields of a record that this collection cannot have, each with the reason.
const NOT_HERE: &[(&str, &str)] = &[
    ("unlabelled", "all articles are in English"),
    ("copy_of", "no article is a near copy"),
    ("copies", "no article is a near copy"),
    ("url", "text files state none"),
    ("author", "text files state none"),
    ("date", "text files state none"),
    ("evidence", "hangs on the model"),
    ("place", "text files have no pages"),
];

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Checks what a command prints against a schema: every line fits, no field is without its
/// description, and every field that is described occurs.
#[track_caller]
fn check(folder: &Folder, args: &[&str], name: &str) {
    let lines = folder.run(args).exits(0).records();
    let schema = schema(name);
    let id = &schema["properties"]["schema"]["const"];
    let lines: Vec<_> = lines.iter().filter(|line| line["schema"] == *id).collect();
    assert!(!lines.is_empty(), "{args:?} prints no {id}");
    let mut seen = BTreeSet::new();
    for line in lines {
        if let Err(fault) = fits(line, &schema, "") {
            panic!("{name}: {fault}\n{line}");
        }
        seen.extend(line.as_object().unwrap().keys().cloned());
    }
    let described = schema["properties"].as_object().unwrap().keys();
    let missing: Vec<_> = described
        .filter(|field| !seen.contains(*field))
        .filter(|field| NOT_HERE.iter().all(|(name, _)| name != field))
        .collect();
    assert!(
        missing.is_empty(),
        "{name} describes what {args:?} never writes: {missing:?}"
    );
}

fn fits(value: &Value, schema: &Value, at: &str) -> Result<(), String> {
    let fault = |what: String| Err(format!("{at}: {what}: {value}"));
    if let Some(options) = schema["anyOf"].as_array() {
        if options.iter().any(|option| fits(value, option, at).is_ok()) {
            return Ok(());
        }
        return fault("fits none of the forms".to_owned());
    }
    if let Some(expected) = schema.get("const")
        && value != expected
    {
        return fault(format!("is not {expected}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        return fault(format!("is not one of {words:?}"));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    if !types.is_empty() && !types.iter().any(|t| has_type(value, t)) {
        return fault(format!("is not of type {types:?}"));
    }
    if let Some(number) = value.as_f64() {
        let beyond = |limit: &str, beyond: fn(f64, f64) -> bool| {
            schema[limit].as_f64().is_some_and(|limit| beyond(number, limit))
        };
        if beyond("minimum", |n, least| n < least)
            || beyond("maximum", |n, most| n > most)
        {
            return fault("is out of range".to_owned());
        }
    }
    if let Some(items) = value.as_array() {
        let n = items.len() as u64;
        if schema["minItems"].as_u64().is_some_and(|least| n < least)
            || schema["maxItems"].as_u64().is_some_and(|most| n > most)
        {
            return fault("has another length".to_owned());
        }
        for item in items {
            fits(item, &schema["items"], &format!("{at}[]"))?;
        }
    }
    let (Some(fields), Some(known)) =
        (value.as_object(), schema["properties"].as_object())
    else {
        return Ok(());
    };
    for (name, field) in fields {
        match known.get(name) {
            Some(schema) => fits(field, schema, &format!("{at}/{name}"))?,
            None => return fault(format!("{name} is not described")),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            return fault(format!("{name} is missing"));
        }
    }
    Ok(())
}

fn has_type(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

#[test]
fn what_is_written_is_what_is_described() {
    let folder = shelf();
    folder.write(
        "notes.txt",
        "Share this article\n\nA passage that is long enough to stay.",
    );
    for (args, name) in [
        (&["export", "--format", "jsonl"][..], "passage.json"),
        (&["search", "contract", "-C", "1", "--format", "jsonl"], "hit.json"),
        (&["search", "contract", "--facets", "--format", "jsonl"], "facets.json"),
        (&["label", "--left-out", "notes.txt"], "left-out.json"),
        (&["export", "--what", "articles", "--format", "jsonl"], "article.json"),
        (&["export", "--what", "themes", "--format", "jsonl"], "theme.json"),
        (&["export", "--what", "matrix", "--format", "jsonl"], "matrix.json"),
        (&["stats", "--by", "article", "--format", "jsonl"], "stats.json"),
        (&["words", "--format", "jsonl"], "keyword.json"),
        (&["kwic", "contract", "--format", "jsonl"], "line.json"),
        (&["kwic", "committee", "--collocates", "--format", "jsonl"], "collocate.json"),
        (&["compare", "--format", "jsonl"], "comparison.json"),
    ] {
        check(&folder, args, name);
    }
}

#[test]
fn every_schema_is_tried() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema");
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
    let source = include_str!("schema.rs");
    for name in names {
        let name = name.into_string().unwrap();
        assert!(source.contains(&format!("\"{name}\"")), "no test tries {name}");
        let schema = schema(&name);
        for (field, about) in schema["properties"].as_object().unwrap() {
            assert!(
                about["description"].is_string(),
                "{name}: {field} is not described"
            );
        }
    }
}

#[test]
fn a_wrong_record_is_found_out() {
    let schema = schema("article.json");
    let folder = shelf();
    let args = ["export", "--what", "articles", "--format", "jsonl"];
    let right = folder.run(&args).exits(0).records().remove(0);
    assert_eq!(fits(&right, &schema, ""), Ok(()));
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut record = right.clone();
        change(&mut record);
        assert!(fits(&record, &schema, "").is_err(), "{record}");
    };
    wrong(&|r| r["passages"] = "many".into());
    wrong(&|r| r["share_b2b"] = 1.5.into());
    wrong(&|r| r["unheard_of"] = 1.into());
    wrong(&|r| r["schema"] = "other".into());
    wrong(&|r| drop(r.as_object_mut().unwrap().remove("title")));
}
