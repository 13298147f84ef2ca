"""Pages of the account besides those of allauth."""

from django.urls import path

from apps.accounts import passphrase, views

urlpatterns = [
    path("", views.account, name="account"),
    path("export", views.export, name="account-export"),
    path("erase", views.erase, name="account-erase"),
    path("unlock", passphrase.unlock, name="unlock"),
    path("lock", passphrase.lock, name="account-lock"),
    path("lock/change", passphrase.change, name="account-lock-change"),
    path("lock/off", passphrase.take_off, name="account-lock-off"),
    path("lock/now", passphrase.close, name="account-lock-now"),
    path("erased", views.erased, name="erased"),
    path("erased/<str:token>", views.erasure, name="erasure"),
    path("erased/<str:token>/receipt.json", views.receipt, name="receipt"),
]
