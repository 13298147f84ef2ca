window.YTD.direct_message.part0 = [
 {
  "dmConversation": {
   "conversationId": "846137-4196983835",
   "messages": [
    {
     "messageCreate": {
      "recipientId": "846137",
      "reactions": [],
      "urls": [],
      "text": "second",
      "mediaUrls": [],
      "senderId": "4196983835",
      "id": "1549101601000",
      "createdAt": "2019-02-02T10:00:01.000Z",
      "editHistory": []
     }
    },
    {
     "messageCreate": {
      "recipientId": "4196983835",
      "reactions": [],
      "urls": [
       {
        "url": "https://t.co/q",
        "expanded": "https://q.example/",
        "display": "q.example/"
       }
      ],
      "text": "first https://t.co/q",
      "mediaUrls": [],
      "senderId": "846137",
      "id": "1549101600000",
      "createdAt": "2019-02-02T10:00:00.000Z",
      "editHistory": []
     }
    }
   ]
  }
 },
 {
  "dmConversation": {
   "conversationId": "77001122-846137",
   "messages": [
    {
     "messageCreate": {
      "recipientId": "846137",
      "reactions": [],
      "urls": [],
      "text": "fourth",
      "mediaUrls": [],
      "senderId": "77001122",
      "id": "1551520803999",
      "createdAt": "2019-03-02T10:00:03.999Z",
      "editHistory": []
     }
    },
    {
     "messageCreate": {
      "recipientId": "77001122",
      "reactions": [],
      "urls": [],
      "text": "line one\nline two",
      "mediaUrls": [],
      "senderId": "846137",
      "id": "1551520802000",
      "createdAt": "2019-03-02T10:00:02.000Z",
      "editHistory": []
     }
    }
   ]
  }
 }
]
