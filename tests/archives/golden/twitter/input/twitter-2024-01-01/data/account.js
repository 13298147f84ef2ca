window.YTD.account.part0 = [
 {
  "account": {
   "email": "ann@x.example",
   "createdVia": "web",
   "username": "annroe",
   "accountId": "846137",
   "createdAt": "2009-01-01T00:00:00.000Z",
   "accountDisplayName": "Ann Roe"
  }
 }
]
