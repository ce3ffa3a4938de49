# Deutsch. Wörter in Anführungszeichen, die man eintippt, sind in allen Sprachen dieselben.

## Commands: their names, and a line of help

commands = Befehle

command-register = Registrieren
    .help = Melde dich im Netzwerk an und hol deine Kontakte hierher.
command-status = Status
    .help = Ob du verbunden bist und wie viele Kontakte du hast.
command-preferences = Einstellungen
    .help = Was das Gateway anzeigt und weitergibt.
command-credentials = Zugangsdaten ändern
    .help = Melde dich mit anderen Zugangsdaten im Netzwerk an.
command-re-login = Neu anmelden
    .help = Verbinde dich jetzt wieder mit dem Netzwerk.
command-unregister = Gateway verlassen
    .help = Entferne deine Kontakte von hier und lösche deine Zugangsdaten.

command-find = Leute finden
    .help = Durchsuche das Netzwerk, zum Beispiel: find anna
command-contacts = Meine Kontakte
    .help = Deine Kontakte im Netzwerk.
command-sync-contacts = Kontakte aktualisieren
    .help = Lies die Kontaktliste des Netzwerks neu ein.
command-groups = Meine Gruppen
    .help = Deine Gruppen im Netzwerk.
command-leave = Diese Gruppe verlassen
    .help = Sie endgültig verlassen, im Netzwerk.
command-block = Blockieren
    .help = Verhindern, dass dieser Kontakt dich im Netzwerk erreicht.
command-unblock = Nicht mehr blockieren
    .help = Diesen Kontakt dich wieder erreichen lassen.

command-export-data = Meine Daten exportieren
    .help = Alles, was das Gateway über dich speichert, als Datei.
command-delete-data = Meine Daten löschen
    .help = Verlass das Gateway und lösche alles, was es über dich speichert.

command-info = Über dieses Gateway
    .help = Welche Version es ist und wie lange es schon läuft.
command-users = Benutzer auflisten
    .help = Wer registriert ist und wer davon verbunden ist.
command-user = Details zu einem Benutzer
    .help = Wie es um einen Benutzer steht.
command-delete-user = Benutzer löschen
    .help = Beende die Registrierung von jemandem.
command-logout-user = Benutzer abmelden
    .help = Trenne jemanden vom Netzwerk, bis er sich wieder anmeldet.
command-login-user = Benutzer anmelden
    .help = Verbinde jemanden wieder mit dem Netzwerk.
command-announce = Ankündigung
    .help = Schick allen Benutzern eine Nachricht.
command-approve = Registrierungen freigeben
    .help = Lass Wartende herein oder weise sie ab.
command-invite = Einladen
    .help = Erstelle einen Einladungscode.
command-bans = Sperren auflisten
    .help = Wer das Gateway nicht benutzen darf.
command-ban = Sperren
    .help = Sperre eine Adresse oder eine ganze Domain aus.
command-unban = Sperre aufheben
    .help = Lass eine Adresse oder Domain wieder herein.
command-doctor = Diagnose
    .help = Ausprobieren, was der XMPP-Server dem Gateway erlaubt.
command-log-level = Protokollstufe
    .help = Protokolliere mehr oder weniger, bis zum nächsten Neustart.

category-admin = Verwaltung
category-contacts = Kontakte
category-data = Meine Daten
category-choose = Was möchtest du tun?
category-empty = Hier gibt es nichts, was du tun kannst.

## Commands: who may run them, and how they end

denied-admin-only = Das ist nur für Administratoren.
denied-registered-already = Du bist schon registriert.
denied-not-registered = Du bist nicht beim { $network }-Gateway registriert.
denied-connected-already = Du bist schon verbunden.
denied-not-connected = Du bist gerade nicht mit { $network } verbunden.
no-such-command = Diesen Befehl gibt es nicht.
session-ending = Du verlässt gerade das Gateway, oder es wird beendet.
too-many-forms = Zu viele Formulare sind offen. Schließ eines davon ab oder warte zehn Minuten.
too-many-tries = { $why } Das war zu oft falsch. Bitte fang von vorn an.
nothing-changed = Es wurde nichts geändert.
confirm = Ja, mach das
done = Erledigt.
yes = ja
no = nein

## Commands: what is wrong with an answer

field-missing = „{ $field }“ fehlt.
field-too-long = „{ $field }“ ist zu lang.
field-no-choice = „{ $field }“: Das steht nicht zur Auswahl. Es gibt: { $choices }.
field-no-address = „{ $field }“ ist keine Adresse.
field-no-number = „{ $field }“ ist keine Zahl, oder sie ist zu klein oder zu groß.

## Commands: heads of tables

column-name = Name
column-address = Adresse
column-state = Zustand
column-status = Status
column-reason = Grund
column-by = Von

## Who gets in

not-served = Dieses Gateway ist nicht für deine Adresse da.
banned = Du bist auf diesem Gateway gesperrt.
banned-reason = Du bist auf diesem Gateway gesperrt: { $reason }
register-closed = Dieses Gateway nimmt keine neuen Benutzer auf.
register-asked = Ein Administrator muss dich freigeben und weiß Bescheid. Du bekommst hier eine Nachricht.
register-waiting = Ein Administrator muss dich freigeben und weiß Bescheid. Bitte warte noch; du bekommst hier eine Nachricht.
register-approved = Ein Administrator hat dich freigegeben. Schreib „register“, um dich bei { $network } zu registrieren.
register-refused = Ein Administrator hat deine Registrierung abgelehnt.
register-too-many-wait = Zu viele Leute warten schon auf ihre Freigabe. Versuch es in ein paar Tagen noch einmal.
invitation = Einladungscode
invitation-text = Du brauchst einen Einladungscode von einem Administrator.
invitation-invalid = Dieser Einladungscode ist falsch, aufgebraucht oder abgelaufen.

## Registering

register-title = Registrierung bei { $network }
register-text = Gib deine Zugangsdaten ein.
register-confirm = Ja, registriere mich bei { $network }
register-remove = Gateway verlassen
register-by-command = Dieses Netzwerk braucht mehr als einen Schritt: Benutz den Befehl „register“ des Gateways oder schreib ihm „register“.
register-too-often = Zu viele Versuche. Versuch es in { $minutes ->
    [one] einer Minute
   *[other] { $minutes } Minuten
} noch einmal.
register-not-stored = Das Gateway kann deine Registrierung gerade nicht speichern.
register-still-leaving = Das Gateway beendet noch deine letzte Registrierung. Versuch es in einer Minute noch einmal.
register-code-title = Bestätigungscode
register-code-text = Das Netzwerk hat dir einen Code geschickt. Gib ihn hier ein.
register-code = Code
register-qr-title = Scanne diesen Code
register-qr-text = Scanne diesen Code mit der { $network }-App auf deinem Handy. Der Rest geht von allein.
register-qr-expired = Der Code wurde nicht rechtzeitig gescannt. Bitte fang von vorn an.
qr-picture = Code zum Scannen
qr-address = Der Code als Bild
qr-text = Derselbe Code als Text
qr-over = Dieser Code gilt nicht mehr.
registered = Du bist bei { $network } registriert.
form-elsewhere = Geh zum nächsten Schritt, wenn es getan ist.
preferences-offered = Wähle jetzt, was du möchtest, oder lass es, wie es ist: „preferences“ ändert es jederzeit.
credentials-form = Mit dem üblichen Formular
command-register-by = Registrieren: { $way }
welcome = Willkommen beim { $network }-Gateway! Deine Kontakte erscheinen in deiner Kontaktliste; schreib ihnen einfach.
credentials-how = Wie möchtest du dich anmelden?
credentials-changed = Deine Zugangsdaten sind geändert. Verbindung mit { $network } wird aufgebaut …

## Preferences

preferences-title = Einstellungen
preferences-text = Ändere, was du möchtest; der Rest bleibt, wie er ist.
preferences-kept = Deine Einstellungen sind gespeichert.
preference-sync-presence = Meinen Kontakten zeigen, ob ich online bin
preference-sync-avatar = Meinen Kontakten mein Bild zeigen
preference-last-seen-fallback = Im Statustext zeigen, wann Kontakte zuletzt gesehen wurden
preference-reaction-fallback = Reaktionen als Text zeigen, für Programme, die sie sonst nicht zeigen

## The user's data, and leaving

unregister-text = Deine Kontakte verschwinden aus deiner Kontaktliste, und deine Zugangsdaten für { $network } werden gelöscht.
unregister-confirm = Ja, ich möchte gehen
unregistered = Du hast das { $network }-Gateway verlassen.
data-deleted = Du hast das { $network }-Gateway verlassen, und was es über dich gespeichert hatte, ist gelöscht.
delete-data-text = Du verlässt das { $network }-Gateway, und alles, was es über dich speichert, wird gelöscht. Das lässt sich nicht rückgängig machen.
delete-data-confirm = Ja, alles löschen
exported = Deine Daten: { $url }
export-no-way = Deine Daten können nicht als Datei geschickt werden. { $why } Bitte den Administrator des Gateways darum.
upload-no-service = { $domain } hat keinen Dienst für Dateien.
upload-too-large = Die Datei ist zu groß: Dein Server nimmt höchstens { $most } Bytes an.
upload-quota = Dein Server nimmt heute keine Dateien mehr von dir an.
upload-refused = Dein Server nimmt die Datei gerade nicht an.
file-too-large = Sie ist größer, als dieses Gateway befördert.
file-not-fetched = Sie kann dort, wo sie liegt, nicht abgeholt werden.
file-quota = Dein Platz für Dateien auf diesem Gateway ist aufgebraucht.
file-day = Was dieses Gateway an einem Tag von deinen Dateien befördert, ist aufgebraucht. Um Mitternacht (UTC) geht es von vorn los.
file-failed = 📎 { $name }: Diese Datei konnte nicht hierher gebracht werden. { $why }
file-not-opened = Sie ist verschlüsselt, und ihr Schlüssel passt nicht.
file-not-sent = Diese Datei wurde nicht gesendet. { $why }
files-not-sent-either = Auch nicht gesendet wurden: { $names }.
no-files = { $network } nimmt keine verschlüsselten Dateien an.

## The connection to the network

connecting = Verbinde …
reconnecting = Verbinde erneut …
syncing = Kontakte werden abgeglichen …
connected = Verbunden
not-connected = Nicht verbunden
stopping = Das Gateway wird beendet
unreachable-retrying = { $network } ist nicht erreichbar, neuer Versuch folgt
login-refused = { $network } hat die Anmeldung abgelehnt
log-in-again = { $why }. Benutz den Befehl „re-login“, um es noch einmal zu versuchen, oder registrier dich neu mit anderen Zugangsdaten.
state-connected = verbunden
state-connecting = wird verbunden
state-parked = wartet auf neue Anmeldung

## Messages and requests that are refused

stopping-now = Das Gateway wird beendet. Versuch es gleich noch einmal.
too-much-at-once = Das war zu viel auf einmal. Versuch es gleich noch einmal.
too-much-waits = In diesem Chat wartet schon zu viel. Versuch es später noch einmal.
unreachable = { $network } ist gerade nicht erreichbar. Versuch es später noch einmal.
message-not-sent = { $why } Deine Nachricht wurde nicht gesendet.
message-not-stored = Das Gateway kann gerade keine Nachrichten speichern.
database-unwell = Das Gateway kann gerade nichts speichern: Was für dich kommt, wartet, und was du schreibst, wird vielleicht abgelehnt.
message-uncertain = Das Gateway wurde neu gestartet, während diese Nachricht unterwegs war: Vielleicht wurde sie nicht gesendet.
message-encrypted = Diese Nachricht ist verschlüsselt, und das andere Netzwerk kann sie nicht lesen. Schalte die Verschlüsselung für diesen Chat aus.
message-blank = In dieser Nachricht steht nichts: Sie wurde nicht gesendet.
message-not-understood = Das kann nicht an { $network } weitergegeben werden: Es wurde nicht gesendet.
text-cut = der Rest ist zu lang, um hier gezeigt zu werden
correction = Korrektur: { $text }
no-reactions = Auf { $network } gibt es keine Reaktionen.
no-retractions = Auf { $network } lassen sich Nachrichten nicht zurückziehen.
one-reaction-only = Auf { $network } gibt es nur eine Reaktion je Nachricht: Deine wurde nicht gesendet.
no-such-reaction = { $network } hat diese Reaktion nicht: Sie wurde nicht gesendet.
retracted = /me hat eine Nachricht zurückgezogen.
no-invitations = Leute auf { $network } können nicht in diesen Raum kommen.
disappearing = ⏳ Nachrichten verschwinden hier { $time } nachdem sie gelesen wurden, drüben.
disappearing-no-more = Nachrichten verschwinden hier nicht mehr.
lasting-days = { $count ->
    [1] einen Tag
   *[other] { $count } Tage
 }
lasting-hours = { $count ->
    [1] eine Stunde
   *[other] { $count } Stunden
 }
lasting-minutes = { $count ->
    [1] eine Minute
   *[other] { $count } Minuten
 }
lasting-seconds = { $count ->
    [1] eine Sekunde
   *[other] { $count } Sekunden
 }
no-such-contact = Unter dieser Adresse gibt es niemanden.
contact-not-a-group = Das ist ein Kontakt, keine Gruppe.
no-such-group = Diese Gruppe gibt es nicht.
no-rooms = Auf { $network } gibt es keine Gruppen.
room-message-too-long = Diese Nachricht ist zu lang, um in einem Raum gezeigt zu werden.
room-needs-nick = Wähle einen Spitznamen, um in diesen Raum zu kommen.
room-not-inside = Du bist nicht (mehr) in diesem Raum: Diese Nachricht wurde nicht gesendet. Tritt ihm noch einmal bei.
room-not-joined = Du bist nicht (mehr) in diesem Raum. Tritt ihm noch einmal bei.
room-is-a-group = Das ist eine Gruppe: Nachrichten an sie gehen an alle darin.
room-no-private-messages = Private Nachrichten in Räumen sind noch nicht möglich. Schreibe stattdessen dem Kontakt.
room-no-invitations = Leute auf { $network } können so noch nicht eingeladen werden.
room-no-subject = Das Thema dieses Raums lässt sich auf { $network } nicht ändern.
room-subject-too-long = Dieses Thema ist zu lang: Es wurde nicht geändert.
room-nick-stays = Auf { $network } kannst du nicht wählen, wie du in diesem Raum heißt.
contact-blocked = Blockiert.
contact-unblocked = Nicht mehr blockiert.
blocking-by-command = Dieses Gateway führt keine Liste, wer blockiert ist. Das tut dein eigener Server, und Kontakte haben den Befehl „block“, wo das Netzwerk blockieren kann.
blocking-one-by-one = Bitte gib deine Kontakte einzeln wieder frei.
not-a-group = Das ist ein Gateway, keine Gruppe.
carbons-no-privilege = Was du in anderen { $network }-Apps schreibst, kann hier nicht angezeigt werden, weil dieser Server es dem Gateway nicht erlaubt. Sein Administrator kann Folgendes hinzufügen:
    { $lines }
no-roster-privilege = Deine Kontakte müssen einzeln darum bitten, auf deine Kontaktliste zu kommen, weil dieser Server dem Gateway nicht erlaubt, sie dort einzutragen. Sein Administrator kann hinzufügen:
    { $lines }
no-iq-privilege = Dateien zählen zum Kontingent des Gateways, weil dieser Server dem Gateway nicht erlaubt, für dich zu fragen. Sein Administrator kann hinzufügen:
    { $lines }
doctor-result = Ergebnis
doctor-what = Was
doctor-detail = Näheres
doctor-lines = In die Konfiguration des Servers gehört:
    { $lines }
admin-privilege = Über die Benutzer von { $domain }: { $text }
admin-iqs-dropped = Der XMPP-Server verwirft, was das Gateway ihn im eigenen Namen fragt. Nachrichten, Anwesenheit und Kontaktlisten funktionieren; Dateien nur, wo das Gateway im Namen der Benutzer fragen darf, und deren eigene Bilder sieht es nicht. ejabberd 24.10 und 24.12 tun das, solange mod_privilege eingeschaltet ist: eine Aktualisierung auf 25.03 oder neuer behebt es.
admin-iqs-taken = Der XMPP-Server nimmt wieder an, was das Gateway ihn im eigenen Namen fragt.
error-number = { $text } (Fehler { $id }, den die Administratoren nachschlagen können.)
session-failed = Im Gateway ist etwas schiefgegangen, und du wirst neu verbunden. Eine Nachricht, die du gerade geschickt hast, ist vielleicht nicht angekommen. (Fehler { $id }, den die Administratoren nachschlagen können.)
session-failing = Im Gateway stimmt etwas nicht. Versuch es später noch einmal.
stanza-failed = Im Gateway ist etwas schiefgegangen: Das wurde vielleicht nicht gesendet.
sent-too-fast = Du sendest schneller, als dieses Gateway erlaubt: Diese Nachricht wurde nicht gesendet. Warte einen Moment.
answer-too-large = Die Antwort ist größer, als XMPP-Server annehmen.
not-readable = Das war nicht lesbar: { $why }.

## Errors that the network does not explain

condition-bad-request = Das Gateway hat die Anfrage nicht verstanden.
condition-conflict = Das verträgt sich nicht mit etwas, das es schon gibt.
condition-feature-not-implemented = Das wird nicht unterstützt.
condition-forbidden = Das darfst du nicht.
condition-gone = Das gibt es nicht mehr.
condition-internal-server-error = Im Gateway ist etwas schiefgegangen.
condition-item-not-found = Das gibt es nicht.
condition-jid-malformed = Das ist keine gültige Adresse.
condition-not-acceptable = Das Netzwerk nimmt das nicht an.
condition-not-allowed = Das ist nicht erlaubt.
condition-not-authorized = Das Netzwerk hat deine Zugangsdaten nicht angenommen.
condition-policy-violation = Das Netzwerk lehnt das im Moment ab.
condition-recipient-unavailable = Wer das bekommen soll, ist gerade nicht erreichbar.
condition-redirect = Das ist woanders zu finden.
condition-registration-required = Du musst dich erst anmelden.
condition-remote-server-not-found = Das Netzwerk wurde nicht gefunden.
condition-remote-server-timeout = Das Netzwerk hat nicht rechtzeitig geantwortet.
condition-resource-constraint = Das Gateway ist gerade überlastet. Versuch es später noch einmal.
condition-service-unavailable = Das ist gerade nicht verfügbar.
condition-subscription-required = Dafür braucht es erst ein Abonnement.
condition-undefined-condition = Etwas ist schiefgegangen.
condition-unexpected-request = Das hat das Gateway jetzt nicht erwartet.

## Presences of contacts

about-gateway = Mit Leuten in { $network } aus jedem XMPP-Client chatten
contact-request = Ich stehe dort in deiner Kontaktliste.
contacts-unreachable = { $network } ist nicht erreichbar
date = { $day }. { $month } { $year }
last-seen = Zuletzt gesehen: { $when }
weekdays = Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag
months = Januar Februar März April Mai Juni Juli August September Oktober November Dezember

## Contacts

status-friends = { $count ->
    [0] keine Kontakte
    [one] ein Kontakt
   *[other] { $count } Kontakte
}
groups-heading = { $count ->
    [0] Du bist in keiner Gruppe.
    [one] Eine Gruppe:
   *[other] { $count } Gruppen:
}
leave-question = Du verlässt diese Gruppe auf { $network }, nicht nur hier. Sicher?
group-left = Du hast diese Gruppe verlassen.
group-not-in = Du bist nicht in dieser Gruppe.
contacts-heading = { $count ->
    [0] Du hast noch keine Kontakte.
    [one] Ein Kontakt:
   *[other] { $count } Kontakte:
}
friend-not-changed = { $who }: Was du entschieden hast, ist nicht bei { $network } angekommen. { $why }
find-nobody = Es wurde niemand gefunden.
find-several = { $count } Personen wurden gefunden. Bitte such genauer.
sync-text = Deine Kontaktliste bei { $network } wird neu gelesen, und die hier wird daran angepasst.
sync-confirm = Ja, aktualisieren
synced = { $total ->
    [0] Keine Kontakte
    [one] Ein Kontakt
   *[other] { $total } Kontakte
} ({ $added } hinzugefügt, { $removed } entfernt, { $renamed } umbenannt).

## Administration: the gateway

info-up = Läuft seit { $time }
info-users = { $count ->
    [0] Keine Benutzer
    [one] Ein Benutzer
   *[other] { $count } Benutzer
}, { $connected } verbunden
info-queued = Stanzas, die auf den Versand warten: { $count }
info-database = Der Datenbank geht es nicht gut: {$why}. Was kommt, wartet.
plugin-held = Das Plugin blockiert einen Thread: { $operation } von { $user } auf { $thread }, seit { $seconds } s. Andere müssen vielleicht warten.
announce-text = Text
announced = { $count ->
    [0] An niemanden gesendet.
    [one] An einen Benutzer gesendet.
   *[other] An { $count } Benutzer gesendet.
}
log-level = Stufe
log-target = Teil (zum Beispiel slidged::session; leer bedeutet alles)
log-level-text = Das gilt bis zum nächsten Neustart.
log-level-set = Die Protokollstufe ist jetzt { $level }.

## Administration: users

admin-registered = { $who } hat sich registriert
admin-account = Benutzer (Adresse)
admin-accounts = Benutzer (Adressen)
admin-no-such-user = { $who } ist nicht registriert.
admin-page = Seite (von { $pages })
admin-users = { $count ->
    [0] Niemand ist registriert.
    [one] Ein Benutzer:
   *[other] { $count } Benutzer:
}
admin-clients = Clients online: { $count }
admin-failures = Fehlgeschlagene Anmeldungen in Folge: { $count }
admin-since = Registriert seit { $date }
admin-delete-text = Die Registrierung dieser Benutzer endet, und alles, was über sie gespeichert ist, wird gelöscht: { $who }
admin-deleted = { $count ->
    [0] Kein Benutzer wurde gelöscht.
    [one] Ein Benutzer wurde gelöscht.
   *[other] { $count } Benutzer wurden gelöscht.
}
admin-you-are-deleted = Ein Administrator hat deine Registrierung beim { $network }-Gateway beendet.
admin-logged-out = { $count ->
    [0] Kein Benutzer wurde abgemeldet.
    [one] Ein Benutzer wurde abgemeldet.
   *[other] { $count } Benutzer wurden abgemeldet.
}
admin-logged-you-out = Ein Administrator hat dich abgemeldet
admin-logged-in = { $count ->
    [0] Kein Benutzer wird verbunden.
    [one] Ein Benutzer wird verbunden.
   *[other] { $count } Benutzer werden verbunden.
}

## Administration: who gets in

admin-somebody-asks = { $who } möchte sich registrieren. Schreib „approve“, um zu entscheiden.
applicants-none = Niemand wartet auf eine Freigabe.
applicants-who = Wer
applicants-decision = Entscheidung
applicants-approve = Hereinlassen
applicants-refuse = Ablehnen
applicants-gone = { $who } wartet nicht mehr.
applicants-decided = { $count ->
    [0] Über niemanden entschieden.
    [one] Über eine Person entschieden.
   *[other] Über { $count } Personen entschieden.
}
invitation-uses = Für wie viele Personen
invitation-days = Für wie viele Tage
invitation-note = Notiz (für dich)
invitation-made = Einladungscode: { $token }
    Damit { $uses ->
        [one] kann sich eine Person
       *[other] können sich { $uses } Personen
    } innerhalb von { $days ->
        [one] einem Tag
       *[other] { $days } Tagen
    } registrieren. Er wird nicht noch einmal angezeigt.
ban-whom = Adresse oder Domain
ban-reason = Grund (wird mitgeteilt)
ban-text = Von dort kann sich niemand mehr registrieren, und wer von dort registriert ist, wird entfernt.
ban-ends = { $who } ist hier registriert, oder jemand dieser Domain. Registrierungen, die enden: { $count }.
bans-heading = { $count ->
    [0] Niemand ist gesperrt.
    [one] Eine Sperre:
   *[other] { $count } Sperren:
}
banned-done = { $who } ist gesperrt. Beendete Registrierungen: { $count }.
ban-lifted = { $who } darf das Gateway wieder benutzen.
ban-none = { $who } ist nicht gesperrt.

## In a chat with the gateway

# What users type, in lower case; the English words work in all languages.
words-help = hilfe befehle ?
words-cancel = abbrechen abbruch stopp stop aufhören
words-yes = ja j jo jep jap klar ok okay
words-no = nein n nö nee ne

help-heading = Das ist das { $network }-Gateway. Schreib eines dieser Wörter:
help-ending = „help“ und ein Wort sagt dir mehr darüber; „cancel“ bricht ab, was gerade läuft.
help-contact = contact – Was du mit einem deiner Kontakte tun kannst
help-room = room – Was du mit einer deiner Gruppen tun kannst
chat-unknown = „{ $word }“ kenne ich nicht. Schreib „help“, um zu sehen, was es gibt.
chat-did-you-mean = „{ $word }“ kenne ich nicht. Meintest du „{ $other }“? Schreib „help“, um zu sehen, was es gibt.
chat-several = Das könnte eines von diesen sein: { $words }
chat-several-addresses = Das könnte jedes von diesen sein: { $words }. Schreib die Adresse, die du meinst.
chat-on-whom = Schreib „contact“, dann, um wen es geht, dann, was zu tun ist: { $words }. Zum Beispiel: contact anna { $first }
chat-on-which-group = Schreib „room“, dann, um welche Gruppe es geht, dann, was zu tun ist: { $words }. Zum Beispiel: room tee { $first }
chat-on-nobody = Hier gibt es nichts zu tun.
chat-nobody = „{ $whom }“ ist hier kein Kontakt. „contacts“ zeigt deine.
chat-no-group = Hier gibt es keine Gruppe „{ $whom }“. „groups“ zeigt deine.
chat-too-fast = Eins nach dem anderen, bitte: Ich bin noch mit deiner letzten Nachricht beschäftigt.
chat-stopping = Das Gateway wird beendet und wartet nicht mehr auf deine Antwort. Fang gleich noch einmal an; „help“ zeigt, wie.
chat-nothing-to-cancel = Es gibt nichts abzubrechen.
chat-cancelled = „{ $word }“ ist abgebrochen.
chat-registration-stands = Registriert bist du trotzdem; deine Einstellungen bleiben, wie sie sind. „preferences“ ändert sie.
chat-register = Schreib „register“, um das zu ändern.
chat-too-slow = Ich habe lange genug auf eine Antwort gewartet, „{ $word }“ ist abgebrochen. Schreib „{ $word }“, um neu anzufangen.
chat-elsewhere = Es geht von allein weiter, sobald die andere Seite fertig ist. Schreib „cancel“, um abzubrechen.
chat-failed = Das hat nicht geklappt. Versuch es später noch einmal.
answer-yes-or-no = Bitte antworte mit Ja oder Nein, oder mit „cancel“.
ask-confirm = Möchtest du das? (ja oder nein)
ask-boolean = Antworte mit Ja oder Nein. Jetzt: { $current } („.“ lässt es so)
ask-choice = Antworte mit einer Nummer oder einem Namen.
ask-choice-current = Antworte mit einer Nummer oder einem Namen. Jetzt: { $current } („.“ lässt es so)
ask-several = Trenne mehrere mit Kommas. „.“ lässt es, wie es ist.
ask-secret = Es wird nicht noch einmal angezeigt. Am besten löschst du deine Nachricht danach.
ask-text = Schreib deine Antwort oder „cancel“.
ask-optional = „.“ lässt es leer.
ask-current = Jetzt: { $current } („.“ lässt es so)
input-cancelled = Du hast das abgebrochen.
input-too-slow = Ich habe lange genug auf eine Antwort gewartet.

## On the control socket

ctl-unknown = Den Befehl „{ $word }“ gibt es nicht. „slidged ctl help“ listet alle auf.
ctl-confirm = Ruf es noch einmal mit --yes vor dem Befehl auf, um es zu tun.
ctl-too-much = Mehr nimmt dieser Befehl nicht: { $words }
called-like = So wird er aufgerufen: { $line }
ctl-not-here = Das geht hier nicht: Dafür braucht es einen Client.
ctl-usage = Aufruf: slidged ctl { $line }
