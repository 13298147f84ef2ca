window.YTD.direct_messages.part1 = [
 {
  "dmConversation": {
   "conversationId": "77001122-846137",
   "messages": [
    {
     "messageCreate": {
      "recipientId": "846137",
      "reactions": [],
      "urls": [],
      "text": "from the second part",
      "mediaUrls": [],
      "senderId": "77001122",
      "id": "1451606400000",
      "createdAt": "2016-01-01T00:00:00.000Z",
      "editHistory": []
     }
    }
   ]
  }
 }
]
