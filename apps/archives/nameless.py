"""What platforms call people who have no name there any more: many share it, so it is nobody's. Pure."""

from __future__ import annotations

#: In small letters. Meta writes it in the language of the account that exports.
NAMELESS = frozenset(
    [
        "", "?", "(no name)", "unknown", "other",
        "deleted account", "deleted user", "linkedin member",
        "facebook user", "facebook-nutzer", "facebook-nutzerin", "facebook-nutzer/in", "utilisateur facebook",
        "utilisateur de facebook", "utilisatrice facebook", "usuario de facebook", "usuaria de facebook", "usuari de facebook",
        "utente di facebook", "utente facebook", "usuário do facebook", "utilizador do facebook", "facebookgebruiker",
        "facebook-gebruiker", "пользователь facebook", "користувач facebook", "użytkownik facebooka", "uživatel facebooku",
        "facebook-felhasználó", "facebook kullanıcısı", "facebook-användare", "facebook-bruger", "facebookbruger",
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
