"""Pages of the account besides those of allauth."""

from django.urls import path

from apps.accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("export", views.export, name="account-export"),
    path("erase", views.erase, name="account-erase"),
    path("erased", views.erased, name="erased"),
    path("erased/<str:token>", views.erasure, name="erasure"),
    path("erased/<str:token>/receipt.json", views.receipt, name="receipt"),
]
