//! Every problem has its words in both languages.

use hezuo_api::pages::Locale;
use hezuo_api::problem_text;
use hezuo_domain::Code;

#[test]
fn every_code_has_a_text_in_both_languages() {
    let mut missing = Vec::new();
    for code in Code::ALL {
        let texts = [Locale::ZhCn, Locale::En].map(|locale| problem_text(*code, locale));
        // Where there is no text, the code itself is shown.
        if texts.contains(&code.as_str()) || texts[0] == texts[1] || texts[1].is_empty() {
            missing.push(code.as_str());
        }
    }
    assert_eq!(missing, Vec::<&str>::new());
}
