window.YTD.direct_messages_group.part0 = [
 {
  "dmConversation": {
   "conversationId": "900100",
   "messages": [
    {
     "messageCreate": {
      "reactions": [],
      "urls": [],
      "text": "you left, he added salt",
      "mediaUrls": [],
      "senderId": "77001122",
      "id": "1514801100000",
      "createdAt": "2018-01-01T10:05:00.000Z",
      "editHistory": []
     }
    },
    {
     "conversationNameUpdate": {
      "name": "Trip",
      "initiatingUserId": "77001122",
      "createdAt": "2018-01-01T10:04:00.000Z"
     }
    },
    {
     "participantsLeave": {
      "userIds": [
       "5550001"
      ],
      "createdAt": "2018-01-01T10:03:00.000Z"
     }
    },
    {
     "messageCreate": {
      "reactions": [],
      "urls": [],
      "text": "hello both",
      "mediaUrls": [],
      "senderId": "846137",
      "id": "1514800920000",
      "createdAt": "2018-01-01T10:02:00.000Z",
      "editHistory": []
     }
    },
    {
     "participantsJoin": {
      "initiatingUserId": "77001122",
      "userIds": [
       "5550001"
      ],
      "createdAt": "2018-01-01T10:01:00.000Z"
     }
    },
    {
     "joinConversation": {
      "initiatingUserId": "77001122",
      "participantsSnapshot": [
       "846137",
       "4196983835",
       "77001122"
      ],
      "createdAt": "2018-01-01T10:00:00.000Z"
     }
    }
   ]
  }
 }
]
