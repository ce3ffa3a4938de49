# English. Every text that the gateway itself says; see https://projectfluent.org for the syntax.
# Words in “quotation marks” that are to be typed are the same in all languages.

## Commands: their names, and a line of help

commands = Commands

command-register = Register
    .help = Log in to the network and bring your contacts here.
command-status = Status
    .help = Whether you are connected, and how many contacts you have.
command-preferences = Preferences
    .help = What the gateway shows and passes on.
command-credentials = Change login
    .help = Log in to the network with other credentials.
command-re-login = Log in again
    .help = Connect to the network again, now.
command-unregister = Leave the gateway
    .help = Remove your contacts from here and delete your credentials.

command-find = Find people
    .help = Search the network, for example: find ann
command-contacts = My contacts
    .help = Your contacts on the network.
command-sync-contacts = Update contacts
    .help = Read the network's contact list again.
command-groups = My groups
    .help = Your groups on the network.
command-leave = Leave this group
    .help = Leave it for good, on the network.
command-block = Block
    .help = Keep this contact from reaching you on the network.
command-unblock = Unblock
    .help = Let this contact reach you again.

command-export-data = Export my data
    .help = Everything that the gateway keeps about you, as a file.
command-delete-data = Delete my data
    .help = Leave the gateway and delete everything that it keeps about you.

command-info = About this gateway
    .help = Which version it is, and for how long it has been running.
command-users = List users
    .help = Who is registered, and whether they are connected.
command-user = User details
    .help = How one user is doing.
command-delete-user = Delete users
    .help = End somebody's registration.
command-logout-user = Log users out
    .help = End somebody's connection to the network until they log in again.
command-login-user = Log users in
    .help = Connect somebody to the network again.
command-announce = Announce
    .help = Send a message to all users.
command-approve = Approve registrations
    .help = Let in those who are waiting for it, or refuse them.
command-invite = Invite
    .help = Make an invitation code.
command-bans = List bans
    .help = Who may not use the gateway.
command-ban = Ban
    .help = Keep an address or a whole domain out.
command-unban = Lift a ban
    .help = Let an address or a domain in again.
command-doctor = Doctor
    .help = Try out what the XMPP server lets the gateway do.
command-log-level = Log level
    .help = Log more or less, until the next restart.

category-admin = Administration
category-contacts = Contacts
category-data = My data
category-choose = What do you want to do?
category-empty = There is nothing here that you can do.

## Commands: who may run them, and how they end

denied-admin-only = This is for administrators.
denied-registered-already = You are registered already.
denied-not-registered = You are not registered with the { $network } gateway.
denied-connected-already = You are connected already.
denied-not-connected = You are not connected to { $network } at the moment.
no-such-command = There is no such command.
session-ending = You are leaving the gateway, or it is shutting down.
too-many-forms = Too many forms are open. Finish one of them, or wait ten minutes.
too-many-tries = { $why } That was wrong too often. Please start again.
nothing-changed = Nothing was changed.
confirm = Yes, do it
done = Done.
yes = yes
no = no

## Commands: what is wrong with an answer

field-missing = “{ $field }” is missing.
field-too-long = “{ $field }” is too long.
field-no-choice = “{ $field }” is not one of the choices: { $choices }.
field-no-address = “{ $field }” is not an address.
field-no-number = “{ $field }” is not a number, or is too small or too large.

## Commands: heads of tables

column-name = Name
column-address = Address
column-state = State
column-status = Status
column-reason = Reason
column-by = By

## Who gets in

not-served = This gateway does not serve your address.
banned = You are banned from this gateway.
banned-reason = You are banned from this gateway: { $reason }
register-closed = This gateway takes no new users.
register-asked = An administrator has to let you in and has been told. You will get a message here.
register-waiting = An administrator has to let you in and has been told. Please wait; you will get a message here.
register-approved = An administrator has let you in. Write “register” to register with { $network }.
register-refused = An administrator has decided not to let you in.
register-too-many-wait = Too many people are waiting to be let in. Try again in a few days.
invitation = Invitation code
invitation-text = You need an invitation code from an administrator.
invitation-invalid = This invitation code is wrong, used up or expired.

## Registering

register-title = Registration with { $network }
register-text = Enter your credentials.
register-confirm = Yes, register me with { $network }
register-remove = Leave the gateway
register-by-command = This network needs more than one step: use the command “register” of the gateway, or write “register” to it.
register-too-often = Too many attempts. Try again in { $minutes ->
    [one] a minute
   *[other] { $minutes } minutes
}.
register-not-stored = The gateway cannot store your registration at the moment.
register-still-leaving = The gateway is still busy ending your last registration. Try again in a minute.
register-code-title = Confirmation code
register-code-text = The network has sent you a code. Enter it here.
register-code = Code
register-qr-title = Scan this code
register-qr-text = Scan this code with the { $network } app on your phone. The rest happens by itself.
register-qr-expired = Nobody scanned the code in time. Please start again.
qr-picture = Code to scan
qr-address = The code as a picture
qr-text = The same code as text
qr-over = This code is no longer valid.
registered = You are registered with { $network }.
form-elsewhere = Go on to the next step when it is done.
preferences-offered = Choose what you like now, or leave it as it is: “preferences” changes it any time.
credentials-form = By the usual form
command-register-by = Register: { $way }
welcome = Welcome to the { $network } gateway. Your contacts will appear in your contact list; just write to them.
credentials-how = How do you want to log in?
credentials-changed = Your login is changed. Connecting to { $network }…

## Preferences

preferences-title = Preferences
preferences-text = Change what you like; the rest stays as it is.
preferences-kept = Your preferences are saved.
preference-sync-presence = Show my contacts whether I am online
preference-sync-avatar = Show my contacts my picture
preference-last-seen-fallback = Show in the status text when contacts were last seen
preference-reaction-fallback = Show reactions as text, for clients that do not show them otherwise

## The user's data, and leaving

unregister-text = Your contacts disappear from your contact list, and your { $network } credentials are deleted.
unregister-confirm = Yes, I want to leave
unregistered = You have left the { $network } gateway.
data-deleted = You have left the { $network } gateway, and what it kept about you is deleted.
delete-data-text = You leave the { $network } gateway, and everything that it keeps about you is deleted. This cannot be undone.
delete-data-confirm = Yes, delete everything
exported = Your data: { $url }
export-no-way = Your data cannot be sent as a file. { $why } Ask the administrator of the gateway for it.
upload-no-service = { $domain } has no service for files.
upload-too-large = The file is too large: your server takes { $most } bytes.
upload-quota = Your server takes no more files from you today.
upload-refused = Your server does not take the file at the moment.
file-too-large = It is larger than this gateway carries.
file-not-fetched = It cannot be fetched from where it is.
file-quota = Your quota for files on this gateway is used up.
file-day = You have used up what this gateway carries of your files in a day. It starts anew at midnight (UTC).
file-failed = 📎 { $name }: this file could not be brought here. { $why }
file-not-opened = It is encrypted, and its key does not fit.
file-not-sent = This file was not sent. { $why }
files-not-sent-either = Nor were these sent: { $names }.
no-files = { $network } takes no encrypted files.

## The connection to the network

connecting = Connecting…
reconnecting = Reconnecting…
syncing = Syncing contacts…
connected = Connected
not-connected = Not connected
stopping = The gateway is shutting down
unreachable-retrying = { $network } cannot be reached, trying again
login-refused = { $network } refused the login
log-in-again = { $why }. Use the command “re-login” to try again, or register again with new credentials.
state-connected = connected
state-connecting = connecting
state-parked = waiting for a new login

## Messages and requests that are refused

stopping-now = The gateway is shutting down. Try again in a moment.
too-much-at-once = Too much at once. Try again in a moment.
too-much-waits = Too much is waiting in this chat. Try again later.
unreachable = { $network } cannot be reached at the moment. Try again later.
message-not-sent = { $why } Your message was not sent.
message-not-stored = The gateway cannot store messages at the moment.
database-unwell = The gateway cannot store anything at the moment: what you receive waits, and what you write may be refused.
message-uncertain = The gateway was restarted while this message was under way: it may not have been sent.
message-encrypted = This message is encrypted, which the other network cannot read. Switch encryption off for this chat.
message-blank = There is nothing in this message: it was not sent.
message-not-understood = This cannot be passed on to { $network }: it was not sent.
text-cut = the rest is too long to be shown here
correction = Correction: { $text }
no-reactions = There are no reactions on { $network }.
no-retractions = Messages cannot be taken back on { $network }.
one-reaction-only = On { $network } there is one reaction to a message only: yours was not sent.
no-such-reaction = { $network } does not have this reaction: it was not sent.
retracted = /me took a message back.
no-invitations = People on { $network } cannot come into this room.
disappearing = ⏳ Messages here disappear { $time } after they are read, over there.
disappearing-no-more = Messages here do not disappear any more.
lasting-days = { $count ->
    [1] one day
   *[other] { $count } days
 }
lasting-hours = { $count ->
    [1] one hour
   *[other] { $count } hours
 }
lasting-minutes = { $count ->
    [1] one minute
   *[other] { $count } minutes
 }
lasting-seconds = { $count ->
    [1] one second
   *[other] { $count } seconds
 }
no-such-contact = There is nobody of that address.
contact-not-a-group = This is a contact, not a group.
no-such-group = There is no such group.
no-rooms = There are no groups on { $network }.
room-message-too-long = This message is too long to be shown in a room.
room-needs-nick = Choose a nick to come into this room.
room-not-inside = You are not in this room (any more): this message was not sent. Come in again.
room-not-joined = You are not in this room (any more). Come in again.
room-is-a-group = This is a group: messages to it go to everybody in it.
room-no-private-messages = Private messages in rooms are not possible yet. Write to the contact instead.
room-no-invitations = People on { $network } cannot be invited in this way yet.
room-no-subject = The subject of this room cannot be changed on { $network }.
room-subject-too-long = This subject is too long: it was not changed.
room-nick-stays = On { $network } you cannot choose what you are called in this room.
contact-blocked = Blocked.
contact-unblocked = No longer blocked.
blocking-by-command = This gateway does not keep a list of who is blocked. Your own server does, and contacts have the command “block” where the network can block.
blocking-one-by-one = Please unblock your contacts one by one.
not-a-group = This is a gateway, not a group.
carbons-no-privilege = What you write in other { $network } apps cannot be shown here, because this server does not let the gateway do so. Its administrator can add:
    { $lines }
no-roster-privilege = Your contacts have to ask you one by one to be on your contact list, because this server does not let the gateway put them there. Its administrator can add:
    { $lines }
no-iq-privilege = Files count for the gateway's quota, because this server does not let the gateway ask for you. Its administrator can add:
    { $lines }
doctor-result = Result
doctor-what = What
doctor-detail = Details
doctor-lines = To be added to the server's configuration:
    { $lines }
admin-privilege = About the users of { $domain }: { $text }
admin-iqs-dropped = The XMPP server drops what the gateway asks it in its own name. Messages, presence and contact lists work; files only where the gateway may ask in users' names, and users' own pictures are not seen. ejabberd 24.10 and 24.12 do so while mod_privilege is on: an upgrade to 25.03 or later mends it.
admin-iqs-taken = The XMPP server takes again what the gateway asks it in its own name.
error-number = { $text } (Error { $id }, which the administrator can look up.)
session-failed = Something went wrong in the gateway, and you are being connected again. A message that you sent just now may not have arrived. (Error { $id }, which the administrator can look up.)
session-failing = Something is wrong in the gateway. Try again later.
stanza-failed = Something went wrong in the gateway: this may not have been sent.
sent-too-fast = You send faster than this gateway allows: this message was not sent. Wait a moment.
answer-too-large = The answer is larger than XMPP servers take.
not-readable = This could not be read: { $why }.

## Errors that the network does not explain

condition-bad-request = The gateway could not understand the request.
condition-conflict = This conflicts with something that is already there.
condition-feature-not-implemented = This is not supported.
condition-forbidden = You are not allowed to do this.
condition-gone = This no longer exists.
condition-internal-server-error = Something went wrong in the gateway.
condition-item-not-found = This does not exist.
condition-jid-malformed = This is not a valid address.
condition-not-acceptable = The network does not accept this.
condition-not-allowed = This is not allowed.
condition-not-authorized = The network did not accept your credentials.
condition-policy-violation = The network refuses this for now.
condition-recipient-unavailable = The recipient cannot be reached right now.
condition-redirect = This is found elsewhere.
condition-registration-required = You have to register first.
condition-remote-server-not-found = The network could not be found.
condition-remote-server-timeout = The network did not answer in time.
condition-resource-constraint = The gateway is too busy right now. Try again later.
condition-service-unavailable = This is not available right now.
condition-subscription-required = This needs a subscription first.
condition-undefined-condition = Something went wrong.
condition-unexpected-request = The gateway did not expect this now.

## Presences of contacts

about-gateway = Chat with people on { $network } from any XMPP client
contact-request = I am on your contact list over there.
contacts-unreachable = { $network } cannot be reached
date = { $month } { $day } { $year }
last-seen = Last seen { $when }
weekdays = Monday Tuesday Wednesday Thursday Friday Saturday Sunday
months = January February March April May June July August September October November December

## Contacts

status-friends = { $count ->
    [one] one contact
   *[other] { $count } contacts
}
groups-heading = { $count ->
    [0] You are in no groups.
    [one] One group:
   *[other] { $count } groups:
}
leave-question = You leave this group on { $network }, not only here. Are you sure?
group-left = You have left this group.
group-not-in = You are not in this group.
contacts-heading = { $count ->
    [0] You have no contacts yet.
    [one] One contact:
   *[other] { $count } contacts:
}
friend-not-changed = { $who }: what you decided did not reach { $network }. { $why }
find-nobody = Nobody was found.
find-several = { $count } people were found. Please be more precise.
sync-text = Your contact list on { $network } is read again, and the one here is made to match.
sync-confirm = Yes, update
synced = { $total ->
    [one] One contact
   *[other] { $total } contacts
} ({ $added } added, { $removed } removed, { $renamed } renamed).

## Administration: the gateway

info-up = Running for { $time }
info-users = { $count ->
    [one] One user
   *[other] { $count } users
}, { $connected } connected
info-queued = Stanzas waiting to be sent: { $count }
info-database = The database is not well: {$why}. What comes waits.
plugin-held = The plugin blocks a thread: { $operation } of { $user } on { $thread }, for { $seconds } s. Others may have to wait.
announce-text = Text
announced = { $count ->
    [one] Sent to one user.
   *[other] Sent to { $count } users.
}
log-level = Level
log-target = Part (for example slidged::session; empty means all)
log-level-text = This holds until the next restart.
log-level-set = The log level is { $level } now.

## Administration: users

admin-registered = { $who } has registered
admin-account = User (address)
admin-accounts = Users (addresses)
admin-no-such-user = { $who } is not registered.
admin-page = Page (of { $pages })
admin-users = { $count ->
    [0] Nobody is registered.
    [one] One user:
   *[other] { $count } users:
}
admin-clients = Clients online: { $count }
admin-failures = Failed logins in a row: { $count }
admin-since = Registered since { $date }
admin-delete-text = The registrations of these users end, and everything that is kept about them is deleted: { $who }
admin-deleted = { $count ->
    [one] One user is deleted.
   *[other] { $count } users are deleted.
}
admin-you-are-deleted = An administrator has ended your registration with the { $network } gateway.
admin-logged-out = { $count ->
    [one] One user is logged out.
   *[other] { $count } users are logged out.
}
admin-logged-you-out = An administrator has logged you out
admin-logged-in = { $count ->
    [one] One user is being connected.
   *[other] { $count } users are being connected.
}

## Administration: who gets in

admin-somebody-asks = { $who } wants to register. Write “approve” to decide.
applicants-none = Nobody waits to be let in.
applicants-who = Who
applicants-decision = Decision
applicants-approve = Let them in
applicants-refuse = Refuse
applicants-gone = { $who } is not waiting any more.
applicants-decided = { $count ->
    [one] Decided about one person.
   *[other] Decided about { $count } people.
}
invitation-uses = For how many people
invitation-days = For how many days
invitation-note = Note (for you)
invitation-made = Invitation code: { $token }
    It lets { $uses ->
        [one] one person
       *[other] { $uses } people
    } register within { $days ->
        [one] one day
       *[other] { $days } days
    }. It is not shown again.
ban-whom = Address or domain
ban-reason = Reason (they are told)
ban-text = Nobody can register from there any more, and whoever is registered from there is removed.
ban-ends = { $who } is registered here, or people of that domain are. Registrations that end: { $count }.
bans-heading = { $count ->
    [0] Nobody is banned.
    [one] One ban:
   *[other] { $count } bans:
}
banned-done = { $who } is banned. Registrations ended: { $count }.
ban-lifted = { $who } may use the gateway again.
ban-none = { $who } is not banned.

## In a chat with the gateway

# What users type, in lower case; the English words work in all languages.
words-help = help ? commands
words-cancel = cancel abort stop quit exit
words-yes = yes y yeah yep ok sure
words-no = no n nope

help-heading = This is the { $network } gateway. Write one of these words:
help-ending = “help” and a word tells you more about it; “cancel” stops what is under way.
help-contact = contact – What can be done with one of your contacts
help-room = room – What can be done with one of your groups
chat-unknown = I do not know “{ $word }”. Write “help” to see what there is.
chat-did-you-mean = I do not know “{ $word }”. Did you mean “{ $other }”? Write “help” to see what there is.
chat-several = That could be any of these: { $words }
chat-several-addresses = That could be any of these: { $words }. Write the address of the one you mean.
chat-on-whom = Write “contact”, then whom it is about, then what to do: { $words }. For example: contact ann { $first }
chat-on-which-group = Write “room”, then which group it is about, then what to do: { $words }. For example: room tea { $first }
chat-on-nobody = There is nothing that can be done here.
chat-nobody = “{ $whom }” is not a contact here. “contacts” lists yours.
chat-no-group = There is no group “{ $whom }” here. “groups” lists yours.
chat-too-fast = One after the other, please: I am still busy with what you wrote before.
chat-stopping = The gateway is shutting down and no longer waits for your answer. Start again in a moment; “help” tells how.
chat-nothing-to-cancel = There is nothing to cancel.
chat-cancelled = “{ $word }” is cancelled.
chat-registration-stands = You are registered all the same; your preferences stay as they are. “preferences” changes them.
chat-register = Write “register” to change that.
chat-too-slow = I have waited long enough for an answer, so “{ $word }” is cancelled. Write “{ $word }” to start again.
chat-elsewhere = This goes on by itself once the other side is done. Write “cancel” to stop it.
chat-failed = That did not work. Try again later.
answer-yes-or-no = Please answer yes or no, or “cancel”.
ask-confirm = Do you want that? (yes or no)
ask-boolean = Answer yes or no. Now: { $current } (“.” keeps it)
ask-choice = Answer with a number or a name.
ask-choice-current = Answer with a number or a name. Now: { $current } (“.” keeps it)
ask-several = Separate several with commas. “.” leaves it as it is.
ask-secret = It is not shown again. You may want to delete your message afterwards.
ask-text = Write your answer, or “cancel”.
ask-optional = “.” leaves it empty.
ask-current = Now: { $current } (“.” keeps it)
input-cancelled = You have cancelled that.
input-too-slow = I have waited long enough for an answer.

## On the control socket

ctl-unknown = There is no command “{ $word }”. “slidged ctl help” lists them.
ctl-confirm = Run it again with --yes before its word to do it.
ctl-too-much = This command takes nothing more: { $words }
called-like = It is called like this: { $line }
ctl-not-here = This cannot be done here: it needs a client.
ctl-usage = Usage: slidged ctl { $line }
