"""What platforms call people who have no name there any more: many share it, so it is nobody's. Pure."""

from __future__ import annotations

#: Programs write it in the language of the account that exports.
NAMELESS = frozenset(
    name.casefold()
    for name in [
        "", "?", "(no name)", "unknown", "other",
        "deleted account", "deleted user", "gelöschtes konto", "gelöschter account", "cuenta eliminada", "compte supprimé",
        "account eliminato", "conta excluída", "conta eliminada", "conta apagada", "verwijderd account", "usunięte konto", "smazaný účet",
        "raderat konto", "slettet konto", "poistettu tili", "törölt fiók", "cont șters", "silinmiş hesap",
        "аккаунт удалён", "аккаунт удален", "удалённый аккаунт", "удаленный аккаунт", "акаунт видалено", "видалений акаунт",
        "διαγραμμένος λογαριασμός", "akun dihapus", "akun terhapus", "tài khoản đã xóa", "tài khoản đã xoá", "حساب محذوف",
        "حذف شده", "削除されたアカウント", "削除済みアカウント", "삭제된 계정", "탈퇴한 계정", "已删除的账号", "已删除的帐号", "已删除账号", "已刪除的帳號", "已刪除帳號",
        "linkedin member", "linkedin-mitglied", "linkedin mitglied", "membre de linkedin", "membre linkedin", "utilisateur linkedin",
        "miembro de linkedin", "usuario de linkedin", "membro do linkedin", "usuário do linkedin", "utilizador do linkedin",
        "membro di linkedin", "membro linkedin", "utente linkedin", "utente di linkedin", "linkedin-lid", "lid van linkedin",
        "linkedin-medlem", "linkedinmedlem", "linkedin-jäsen", "linkedin-tag", "użytkownik linkedin", "członek linkedin",
        "uživatel linkedin", "člen linkedin", "člen linkedinu", "membru linkedin", "linkedin üyesi", "участник linkedin", "пользователь linkedin",
        "учасник linkedin", "μέλος του linkedin", "μέλος linkedin", "anggota linkedin", "ahli linkedin", "thành viên linkedin", "عضو linkedin",
        "linkedinメンバー", "linkedin 회원", "领英会员", "领英用户", "linkedin 会员", "linkedin 會員",
        "facebook user", "facebook-nutzer", "facebook-nutzerin", "facebook-nutzer/in", "utilisateur facebook",
        "utilisateur de facebook", "utilisatrice facebook", "usuario de facebook", "usuaria de facebook", "usuari de facebook",
        "utente di facebook", "utente facebook", "usuário do facebook", "utilizador do facebook", "facebookgebruiker",
        "facebook-gebruiker", "пользователь facebook", "користувач facebook", "użytkownik facebooka", "uživatel facebooku",
        "facebook-felhasználó", "facebook kullanıcısı", "facebook-användare", "facebookanvändare", "facebook-bruger", "facebookbruger",
        "facebook-bruker", "facebook-käyttäjä", "utilizator facebook", "χρήστης facebook", "facebookユーザー", "facebook 사용자",
        "facebook 用户", "facebook 用戶", "facebook 使用者", "مستخدم فيسبوك", "pengguna facebook", "người dùng facebook",
        "instagram user", "instagrammer", "instagram-nutzer", "instagram-nutzerin", "instagram-nutzer/in",
        "utilisateur instagram", "utilisateur d’instagram", "utilisateur d'instagram", "utilisatrice instagram",
        "usuario de instagram", "usuaria de instagram", "utente di instagram", "utente instagram", "usuário do instagram",
        "utilizador do instagram", "instagramgebruiker", "instagram-gebruiker", "пользователь instagram",
        "користувач instagram", "użytkownik instagrama", "uživatel instagramu", "instagram-felhasználó",
        "instagram kullanıcısı", "instagram-användare", "instagram-bruger", "instagrambruger", "instagram-bruker",
        "instagram-käyttäjä", "utilizator instagram", "instagramユーザー", "instagram 사용자", "instagram 用户", "instagram 用戶",
        "instagram 使用者", "pengguna instagram", "người dùng instagram",
    ]
)  # fmt: skip


def nameless(name: str) -> bool:
    """Whether a name is nobody's."""
    return name.strip().casefold() in NAMELESS
