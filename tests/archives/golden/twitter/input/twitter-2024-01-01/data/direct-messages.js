window.YTD.direct_messages.part0 = [
 {
  "dmConversation": {
   "conversationId": "846137-4196983835",
   "messages": [
    {
     "messageCreate": {
      "recipientId": "4196983835",
      "reactions": [],
      "urls": [
       {
        "url": "https://t.co/abc",
        "expanded": "https://x.example/page?a=1&b=2",
        "display": "x.example/page?a=1&b"
       }
      ],
      "text": "look https://t.co/abc now",
      "mediaUrls": [],
      "senderId": "846137",
      "id": "1503785011928",
      "createdAt": "2017-08-26T22:03:31.928Z",
      "editHistory": []
     }
    },
    {
     "messageCreate": {
      "recipientId": "846137",
      "reactions": [],
      "urls": [
       {
        "url": "https://t.co/5IA",
        "expanded": "https://twitter.com/messages/media/885513",
        "display": "twitter.com/messages"
       }
      ],
      "text": " https://t.co/5IA",
      "mediaUrls": [
       "https://ton.twitter.com/dm/885513/1.jpg"
      ],
      "senderId": "4196983835",
      "id": "1503785010000",
      "createdAt": "2017-08-26T22:03:30.000Z",
      "editHistory": []
     }
    },
    {
     "messageCreate": {
      "recipientId": "4196983835",
      "reactions": [
       {
        "senderId": "4196983835",
        "reactionKey": "like",
        "eventId": "1",
        "createdAt": "2017-08-26T22:02:10.000Z"
       }
      ],
      "urls": [
       {
        "url": "https://t.co/5IB",
        "expanded": "https://twitter.com/messages/media/885513",
        "display": "twitter.com/messages"
       }
      ],
      "text": "nice one https://t.co/5IB",
      "mediaUrls": [
       "https://ton.twitter.com/dm/885513/2.jpg"
      ],
      "senderId": "846137",
      "id": "1503784920500",
      "createdAt": "2017-08-26T22:02:00.500Z",
      "editHistory": []
     }
    },
    {
     "messageCreate": {
      "recipientId": "846137",
      "reactions": [],
      "urls": [],
      "text": "1 &lt; 2 &amp;&amp; 3 &gt; 2, &amp;amp; is escaped twice",
      "mediaUrls": [],
      "senderId": "4196983835",
      "id": "1503784860000",
      "createdAt": "2017-08-26T22:01:00.000Z",
      "editHistory": []
     }
    },
    {
     "welcomeMessageCreate": {
      "recipientId": "846137",
      "text": "Welcome, how may we help?",
      "mediaUrls": [],
      "urls": [],
      "reactions": [],
      "senderId": "4196983835",
      "id": "1",
      "createdAt": "2017-08-26T22:00:00.000Z"
     }
    }
   ]
  }
 }
]
