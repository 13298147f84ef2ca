"""Random tokens in the published formats of many providers."""

import base64
import json
from random import Random

from apps.privacy.planted.chance import digits, fill

TOKENS: dict[str, tuple[str, ...]] = {
    "aws": ("AKIA<b32*16>", "ASIA<b32*16>", "<b64*40>"),
    "github": ("ghp_<b62*36>", "gho_<b62*36>", "ghs_<b62*36>", "github_pat_<b62*22>_<b62*59>"),
    "gitlab": ("glpat-<url*20>", "glrt-<url*20>", "gldt-<url*20>"),
    "slack": (
        "xoxb-<dig*12>-<dig*13>-<b62*24>",
        "xoxp-<dig*12>-<dig*12>-<dig*13>-<hex*32>",
        "xapp-1-A<B36*10>-<dig*13>-<hex*64>",
    ),
    "slack webhook": ("https://hooks.slack.com/services/T<B36*8>/B<B36*10>/<b62*24>",),
    "discord webhook": ("https://discord.com/api/webhooks/1<dig*18>/<url*68>",),
    "discord": ("MT<b62*22>.G<url*5>.<url*38>",),
    "stripe": ("sk_live_<b62*24>", "sk_test_<b62*24>", "rk_live_<b62*24>", "sk_live_51<b62*97>", "whsec_<b62*32>"),
    "openai": ("sk-<b62*20>T3BlbkFJ<b62*20>", "sk-proj-<url*74>T3BlbkFJ<url*74>"),
    "anthropic": ("sk-ant-api03-<url*93>AA",),
    "google": ("AIza<url*35>", "GOCSPX-<url*28>", "ya29.<url*64>"),
    "sendgrid": ("SG.<url*22>.<url*43>",),
    "twilio": ("SK<hex*32>", "AC<hex*32>"),
    "telegram": ("7<dig*9>:AA<url*33>",),
    "npm": ("npm_<b62*36>",),
    "pypi": ("pypi-AgEIcHlwaS5vcmc<url*120>",),
    "hugging face": ("hf_<abc*34>",),
    "digitalocean": ("dop_v1_<hex*64>", "doo_v1_<hex*64>"),
    "shopify": ("shpat_<hex*32>", "shpss_<hex*32>"),
    "mailgun": ("key-<hex*32>",),
    "mailchimp": ("<hex*32>-us21",),
    "linear": ("lin_api_<b62*40>",),
    "notion": ("secret_<b62*43>", "ntn_<dig*11><b62*35>"),
    "databricks": ("dapi<hex*32>",),
    "atlassian": ("ATATT3xFfGF0<url*171>=<HEX*8>",),
    "doppler": ("dp.pt.<b62*43>",),
    "groq": ("gsk_<b62*52>",),
    "replicate": ("r8_<b62*37>",),
    "square": ("EAAA<url*60>", "sq0csp-<url*43>"),
    "new relic": ("NRAK-<B36*27>",),
    "grafana": ("glsa_<b62*32>_<hex*8>",),
    "vault": ("hvs.CAESI<url*86>",),
    "docker": ("dckr_pat_<url*27>",),
    "postman": ("PMAK-<hex*24>-<hex*34>",),
    "supabase": ("sbp_<hex*40>",),
    "figma": ("figd_<url*40>",),
    "rubygems": ("rubygems_<hex*48>",),
    "planetscale": ("pscale_tkn_<url*43>",),
    "tailscale": ("tskey-auth-<b62*17>-<b62*32>",),
    "xai": ("xai-<b62*80>",),
    "perplexity": ("pplx-<b62*48>",),
    "airtable": ("pat<b62*14>.<hex*64>",),
    "dropbox": ("sl.<url*135>",),
    "facebook": ("EAAG<b62*170>",),
    "pulumi": ("pul-<hex*40>",),
    "terraform": ("<b62*14>.atlasv1.<url*67>",),
    "azure": ("<b64*86>==",),
    "okta": ("00<url*40>",),
}
PEMS = {
    "RSA PRIVATE KEY": "MIIEpAIBAAKCAQEA",
    "EC PRIVATE KEY": "MHcCAQEEI",
    "PRIVATE KEY": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "OPENSSH PRIVATE KEY": "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB",
}
SHARE_OF_JWT = 0.06
SHARE_OF_PEM = 0.05


def part(content: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def jwt(rng: Random) -> str:
    issued = 1_600_000_000 + rng.randrange(150_000_000)
    head = part({"alg": rng.choice(("HS256", "RS256")), "typ": "JWT"})
    return f"{head}.{part({'sub': digits(rng, 10), 'iat': issued, 'exp': issued + 3600})}.{fill(rng, '<url*43>')}"


def pem(rng: Random) -> str:
    """The armour around random bytes; phones keep the line ends."""
    label = rng.choice(tuple(PEMS))
    body = PEMS[label] + fill(rng, "<b64*300>")
    lines = (body[at : at + 64] for at in range(0, len(body), 64))
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"))


def key(rng: Random, language: str) -> str:
    roll = rng.random()
    if roll < SHARE_OF_JWT:
        return jwt(rng)
    if roll < SHARE_OF_JWT + SHARE_OF_PEM:
        return pem(rng)
    return fill(rng, rng.choice(TOKENS[rng.choice(tuple(TOKENS))]))
