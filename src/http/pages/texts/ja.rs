//! Japanese.

use super::{Refusals, Texts};

pub(super) const JAPANESE: Texts = Texts {
    tag: "ja",
    confirmed: "登録が確認されました。",
    incomplete_link: "リンクが不完全です。",
    something_went_wrong: "問題が発生しました。",
    refusals: Some(Refusals {
        wrong_code: "コードが正しくありません。もう一度お試しください。",
        expired_code: "コードの有効期限が切れています。新しいコードを取得してください。",
        too_many_attempts: "試行回数が多すぎます。しばらくしてからもう一度お試しください。",
        no_such_user: "このユーザーは存在しません。",
        address_taken: "このアドレスまたは番号のアカウントはすでに存在します。",
    }),
};
