# Français. Les mots entre guillemets à écrire tels quels sont les mêmes dans toutes les langues.

## Commands: their names, and a line of help

commands = Commandes

command-register = S’inscrire
    .help = Vous connecter au réseau et retrouver vos contacts ici.
command-status = État
    .help = Si vous êtes connecté, et combien de contacts vous avez.
command-preferences = Préférences
    .help = Ce que la passerelle montre et transmet.
command-credentials = Changer d’identifiants
    .help = Vous connecter au réseau avec d’autres identifiants.
command-re-login = Se reconnecter
    .help = Vous reconnecter au réseau, tout de suite.
command-unregister = Quitter la passerelle
    .help = Retirer vos contacts d’ici et supprimer vos identifiants.

command-find = Trouver quelqu’un
    .help = Chercher sur le réseau, par exemple : find anne
command-contacts = Mes contacts
    .help = Vos contacts sur le réseau.
command-sync-contacts = Actualiser les contacts
    .help = Relire la liste de contacts du réseau.
command-groups = Mes groupes
    .help = Vos groupes sur le réseau.
command-leave = Quitter ce groupe
    .help = Le quitter pour de bon, sur le réseau.
command-block = Bloquer
    .help = Empêcher ce contact de vous joindre sur le réseau.
command-unblock = Débloquer
    .help = Laisser ce contact vous joindre à nouveau.

command-export-data = Exporter mes données
    .help = Tout ce que la passerelle garde sur vous, dans un fichier.
command-delete-data = Supprimer mes données
    .help = Quitter la passerelle et supprimer tout ce qu’elle garde sur vous.

command-info = À propos de cette passerelle
    .help = Sa version, et depuis combien de temps elle tourne.
command-users = Liste des utilisateurs
    .help = Qui est inscrit, et qui est connecté.
command-user = Détails d’un utilisateur
    .help = Où en est un utilisateur.
command-delete-user = Supprimer des utilisateurs
    .help = Mettre fin à l’inscription de quelqu’un.
command-logout-user = Déconnecter des utilisateurs
    .help = Couper quelqu’un du réseau jusqu’à ce qu’il se reconnecte.
command-login-user = Reconnecter des utilisateurs
    .help = Reconnecter quelqu’un au réseau.
command-announce = Annonce
    .help = Envoyer un message à tous les utilisateurs.
command-approve = Approuver des inscriptions
    .help = Accepter ou refuser ceux qui attendent.
command-invite = Inviter
    .help = Créer un code d’invitation.
command-bans = Liste des bannis
    .help = Qui n’a pas le droit d’utiliser la passerelle.
command-ban = Bannir
    .help = Interdire une adresse ou un domaine entier.
command-unban = Lever un bannissement
    .help = Autoriser de nouveau une adresse ou un domaine.
command-doctor = Diagnostic
    .help = Essayer ce que le serveur XMPP permet à la passerelle.
command-log-level = Niveau du journal
    .help = Journaliser plus ou moins, jusqu’au prochain redémarrage.

category-admin = Administration
category-contacts = Contacts
category-data = Mes données
category-choose = Que voulez-vous faire ?
category-empty = Il n’y a rien ici que vous puissiez faire.

## Commands: who may run them, and how they end

denied-admin-only = C’est réservé aux administrateurs.
denied-registered-already = Vous êtes déjà inscrit.
denied-not-registered = Vous n’êtes pas inscrit à la passerelle { $network }.
denied-connected-already = Vous êtes déjà connecté.
denied-not-connected = Vous n’êtes pas connecté à { $network } en ce moment.
no-such-command = Cette commande n’existe pas.
session-ending = Vous êtes en train de quitter la passerelle, ou elle s’arrête.
too-many-forms = Trop de formulaires sont ouverts. Terminez-en un, ou attendez dix minutes.
too-many-tries = { $why } Trop d’essais ratés : veuillez recommencer depuis le début.
nothing-changed = Rien n’a été changé.
confirm = Oui, allez-y
done = C’est fait.
yes = oui
no = non

## Commands: what is wrong with an answer

field-missing = « { $field } » manque.
field-too-long = « { $field } » est trop long.
field-no-choice = « { $field } » : ce choix n’existe pas. Il y a : { $choices }.
field-no-address = « { $field } » n’est pas une adresse.
field-no-number = « { $field } » n’est pas un nombre, ou il est trop petit ou trop grand.

## Commands: heads of tables

column-name = Nom
column-address = Adresse
column-state = État
column-status = Statut
column-reason = Raison
column-by = Par

## Who gets in

not-served = Cette passerelle n’est pas ouverte à votre adresse.
banned = Vous êtes banni de cette passerelle.
banned-reason = Vous êtes banni de cette passerelle : { $reason }
register-closed = Cette passerelle n’accepte pas de nouveaux utilisateurs.
register-asked = Un administrateur doit accepter votre inscription ; il a été prévenu. Vous recevrez un message ici.
register-waiting = Un administrateur doit accepter votre inscription ; il a été prévenu. Patientez : vous recevrez un message ici.
register-approved = Un administrateur vous a accepté. Écrivez « register » pour vous inscrire à { $network }.
register-refused = Un administrateur a refusé votre inscription.
register-too-many-wait = Trop de personnes attendent déjà d’être acceptées. Réessayez dans quelques jours.
invitation = Code d’invitation
invitation-text = Il vous faut un code d’invitation d’un administrateur.
invitation-invalid = Ce code d’invitation est faux, déjà utilisé ou expiré.

## Registering

register-title = Inscription à { $network }
register-text = Saisissez vos identifiants.
register-confirm = Oui, m’inscrire à { $network }
register-remove = Quitter la passerelle
register-by-command = L’inscription à ce réseau se fait en plusieurs étapes : utilisez la commande « register » de la passerelle, ou écrivez-lui « register ».
register-too-often = Trop de tentatives. Réessayez dans { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
}.
register-not-stored = La passerelle ne peut pas enregistrer votre inscription en ce moment.
register-still-leaving = La passerelle n’a pas fini de supprimer votre inscription précédente. Réessayez dans une minute.
register-code-title = Code de confirmation
register-code-text = Le réseau vous a envoyé un code. Saisissez-le ici.
register-code = Code
register-qr-title = Scannez ce code
register-qr-text = Scannez ce code avec l’application { $network } de votre téléphone. Le reste se fait tout seul.
register-qr-expired = Le code n’a pas été scanné à temps. Veuillez recommencer.
qr-picture = Code à scanner
qr-address = Le code en image
qr-text = Le même code en texte
qr-over = Ce code n’est plus valable.
registered = Vous êtes inscrit à { $network }.
form-elsewhere = Passez à l’étape suivante quand c’est fait.
preferences-offered = Choisissez maintenant ce que vous voulez, ou laissez tel quel : « preferences » le change à tout moment.
credentials-form = Par le formulaire habituel
command-register-by = S’inscrire : { $way }
welcome = Bienvenue sur la passerelle { $network } ! Vos contacts vont apparaître dans votre liste ; vous n’avez plus qu’à leur écrire.
credentials-how = Comment voulez-vous vous connecter ?
credentials-changed = Vos identifiants sont changés. Connexion à { $network }…

## Preferences

preferences-title = Préférences
preferences-text = Changez ce que vous voulez ; le reste ne bouge pas.
preferences-kept = Vos préférences sont enregistrées.
preference-sync-presence = Montrer à mes contacts si je suis en ligne
preference-sync-avatar = Montrer ma photo à mes contacts
preference-last-seen-fallback = Afficher dans le statut quand mes contacts ont été vus pour la dernière fois
preference-reaction-fallback = Montrer les réactions sous forme de texte, pour les clients qui ne les montrent pas autrement

## The user's data, and leaving

unregister-text = Vos contacts disparaîtront de votre liste, et vos identifiants { $network } seront supprimés.
unregister-confirm = Oui, je veux partir
unregistered = Vous avez quitté la passerelle { $network }.
data-deleted = Vous avez quitté la passerelle { $network }, et ce qu’elle gardait sur vous est effacé.
delete-data-text = Vous quitterez la passerelle { $network }, et tout ce qu’elle garde sur vous sera supprimé, définitivement.
delete-data-confirm = Oui, tout supprimer
exported = Vos données : { $url }
export-no-way = Vos données ne peuvent pas être envoyées dans un fichier. { $why } Demandez-les à l’administrateur de la passerelle.
upload-no-service = { $domain } n’a pas de service pour les fichiers.
upload-too-large = Le fichier est trop gros : votre serveur accepte { $most } octets au plus.
upload-quota = Votre serveur n’accepte plus de fichiers de votre part aujourd’hui.
upload-refused = Votre serveur n’accepte pas le fichier en ce moment.
file-too-large = Il est plus gros que ce que cette passerelle transporte.
file-not-fetched = Impossible de le récupérer là où il se trouve.
file-quota = Votre quota de fichiers sur cette passerelle est épuisé.
file-day = Vous avez épuisé le volume de fichiers que cette passerelle transporte pour vous en un jour. Il repart de zéro à minuit (UTC).
file-failed = 📎 { $name } : ce fichier n’a pas pu être apporté ici. { $why }
file-not-opened = Il est chiffré, et sa clé ne convient pas.
file-not-sent = Ce fichier n’a pas été envoyé. { $why }
files-not-sent-either = N’ont pas été envoyés non plus : { $names }.
no-files = { $network } n’accepte pas de fichiers chiffrés.

## The connection to the network

connecting = Connexion…
reconnecting = Reconnexion…
syncing = Synchronisation des contacts…
connected = Connecté
not-connected = Non connecté
stopping = La passerelle s’arrête
unreachable-retrying = { $network } est injoignable, nouvel essai bientôt
login-refused = { $network } a refusé la connexion
log-in-again = { $why }. Utilisez la commande « re-login » pour réessayer, ou inscrivez-vous de nouveau avec d’autres identifiants.
state-connected = connecté
state-connecting = en cours de connexion
state-parked = en attente d’une nouvelle connexion

## Messages and requests that are refused

stopping-now = La passerelle s’arrête. Réessayez dans un instant.
too-much-at-once = Trop de choses à la fois. Réessayez dans un instant.
too-much-waits = Trop de choses sont en attente dans cette discussion. Réessayez plus tard.
unreachable = { $network } est injoignable en ce moment. Réessayez plus tard.
message-not-sent = { $why } Votre message n’a pas été envoyé.
message-not-stored = La passerelle ne peut pas enregistrer de messages en ce moment.
database-unwell = La passerelle ne peut rien enregistrer en ce moment : ce que vous recevez attend, et ce que vous écrivez sera peut-être refusé.
message-uncertain = La passerelle a redémarré pendant l’envoi de ce message : il n’est peut-être pas parti.
message-encrypted = Ce message est chiffré, et l’autre réseau ne peut pas le lire. Désactivez le chiffrement pour cette discussion.
message-blank = Ce message est vide : il n’a pas été envoyé.
message-not-understood = Cela ne peut pas être transmis à { $network } : rien n’a été envoyé.
text-cut = la suite est trop longue pour être affichée ici
correction = Correction : { $text }
no-reactions = Il n’y a pas de réactions sur { $network }.
no-retractions = Les messages ne peuvent pas être supprimés sur { $network }.
one-reaction-only = Sur { $network }, une seule réaction par message est possible : la vôtre n’a pas été envoyée.
no-such-reaction = { $network } n’a pas cette réaction : elle n’a pas été envoyée.
retracted = /me a supprimé un message.
no-invitations = Les personnes de { $network } ne peuvent pas entrer dans ce salon.
disappearing = ⏳ Ici, les messages disparaissent { $time } après avoir été lus, sur l’autre réseau.
disappearing-no-more = Ici, les messages ne disparaissent plus.
lasting-days = { $count ->
    [1] un jour
   *[other] { $count } jours
 }
lasting-hours = { $count ->
    [1] une heure
   *[other] { $count } heures
 }
lasting-minutes = { $count ->
    [1] une minute
   *[other] { $count } minutes
 }
lasting-seconds = { $count ->
    [1] une seconde
   *[other] { $count } secondes
 }
no-such-contact = Il n’y a personne à cette adresse.
contact-not-a-group = C’est un contact, pas un groupe.
no-such-group = Ce groupe n’existe pas.
no-rooms = Il n’y a pas de groupes sur { $network }.
room-message-too-long = Ce message est trop long pour être montré dans un salon.
room-needs-nick = Choisissez un pseudonyme pour entrer dans ce salon.
room-not-inside = Vous n’êtes pas (ou plus) dans ce salon : ce message n’a pas été envoyé. Entrez-y de nouveau.
room-not-joined = Vous n’êtes pas (ou plus) dans ce salon. Entrez-y de nouveau.
room-is-a-group = C’est un groupe : les messages qui lui sont adressés vont à tous ses membres.
room-no-private-messages = Les messages privés dans les salons ne sont pas encore possibles. Écrivez plutôt au contact.
room-no-invitations = Les personnes de { $network } ne peuvent pas encore être invitées ainsi.
room-no-subject = Le sujet de ce salon ne peut pas être changé sur { $network }.
room-subject-too-long = Ce sujet est trop long : il n’a pas été changé.
room-nick-stays = Sur { $network }, vous ne pouvez pas choisir votre nom dans ce salon.
contact-blocked = Bloqué.
contact-unblocked = N’est plus bloqué.
blocking-by-command = Cette passerelle ne tient pas la liste des personnes bloquées. Votre propre serveur le fait, et les contacts ont la commande « block » là où le réseau peut bloquer.
blocking-one-by-one = Veuillez débloquer vos contacts un par un.
not-a-group = C’est une passerelle, pas un groupe.
carbons-no-privilege = Ce que vous écrivez dans d’autres applications { $network } ne peut pas apparaître ici, car ce serveur ne le permet pas à la passerelle. Son administrateur peut ajouter :
    { $lines }
no-roster-privilege = Vos contacts doivent demander un par un à figurer dans votre liste de contacts, car ce serveur ne permet pas à la passerelle de les y ajouter. L’administrateur peut ajouter :
    { $lines }
no-iq-privilege = Les fichiers comptent pour le quota de la passerelle, car ce serveur ne permet pas à la passerelle d’agir pour vous. L’administrateur peut ajouter :
    { $lines }
doctor-result = Résultat
doctor-what = Quoi
doctor-detail = Détails
doctor-lines = À ajouter à la configuration du serveur :
    { $lines }
admin-privilege = À propos des utilisateurs de { $domain } : { $text }
admin-iqs-dropped = Le serveur XMPP ignore ce que la passerelle lui demande en son propre nom. Les messages, les présences et les listes de contacts fonctionnent ; les fichiers seulement là où la passerelle peut demander au nom des utilisateurs, et leurs propres images ne sont pas vues. ejabberd 24.10 et 24.12 font cela tant que mod_privilege est activé : une mise à jour vers 25.03 ou plus récent y remédie.
admin-iqs-taken = Le serveur XMPP accepte de nouveau ce que la passerelle lui demande en son propre nom.
error-number = { $text } (Erreur { $id }, que l’administration peut consulter.)
session-failed = Un problème est survenu dans la passerelle, et vous êtes reconnecté. Un message que vous venez d’envoyer n’est peut-être pas arrivé. (Erreur { $id }, que l’administration peut consulter.)
session-failing = Un problème est survenu dans la passerelle. Réessayez plus tard.
stanza-failed = Un problème est survenu dans la passerelle : ceci n’a peut-être pas été envoyé.
sent-too-fast = Vous envoyez plus vite que ne le permet cette passerelle : ce message n’a pas été envoyé. Attendez un instant.
answer-too-large = La réponse est plus grande que ce qu’acceptent les serveurs XMPP.
not-readable = Ceci n’a pas pu être lu : { $why }.

## Errors that the network does not explain

condition-bad-request = La passerelle n’a pas compris la demande.
condition-conflict = Ceci est en conflit avec quelque chose qui existe déjà.
condition-feature-not-implemented = Ceci n’est pas pris en charge.
condition-forbidden = Vous n’avez pas le droit de faire cela.
condition-gone = Ceci n’existe plus.
condition-internal-server-error = Un problème est survenu dans la passerelle.
condition-item-not-found = Ceci n’existe pas.
condition-jid-malformed = Cette adresse n’est pas valide.
condition-not-acceptable = Le réseau n’accepte pas ceci.
condition-not-allowed = Ceci n’est pas autorisé.
condition-not-authorized = Le réseau n’a pas accepté vos identifiants.
condition-policy-violation = Le réseau refuse ceci pour le moment.
condition-recipient-unavailable = Le destinataire est injoignable en ce moment.
condition-redirect = Ceci se trouve ailleurs.
condition-registration-required = Vous devez d’abord vous inscrire.
condition-remote-server-not-found = Le réseau est introuvable.
condition-remote-server-timeout = Le réseau n’a pas répondu à temps.
condition-resource-constraint = La passerelle est trop occupée. Réessayez plus tard.
condition-service-unavailable = Ceci n’est pas disponible en ce moment.
condition-subscription-required = Il faut d’abord un abonnement pour cela.
condition-undefined-condition = Un problème est survenu.
condition-unexpected-request = La passerelle n’attendait pas cela maintenant.

## Presences of contacts

about-gateway = Discutez avec des gens sur { $network } depuis n’importe quel client XMPP
contact-request = Je suis dans votre liste de contacts là-bas.
contacts-unreachable = { $network } est injoignable
date = { $day } { $month } { $year }
last-seen = Vu pour la dernière fois : { $when }
weekdays = lundi mardi mercredi jeudi vendredi samedi dimanche
months = janvier février mars avril mai juin juillet août septembre octobre novembre décembre

## Contacts

status-friends = { $count ->
    [0] aucun contact
    [one] { $count } contact
   *[other] { $count } contacts
}
groups-heading = { $count ->
    [0] Vous n’êtes dans aucun groupe.
    [one] Un groupe :
   *[other] { $count } groupes :
}
leave-question = Vous quittez ce groupe sur { $network }, pas seulement ici. Êtes-vous sûr ?
group-left = Vous avez quitté ce groupe.
group-not-in = Vous n’êtes pas dans ce groupe.
contacts-heading = { $count ->
    [0] Vous n’avez pas encore de contacts.
    [one] { $count } contact :
   *[other] { $count } contacts :
}
friend-not-changed = { $who } : votre décision n’est pas parvenue à { $network }. { $why }
find-nobody = Personne n’a été trouvé.
find-several = { $count } personnes ont été trouvées. Soyez plus précis.
sync-text = Votre liste de contacts { $network } va être relue, et celle d’ici mise à jour.
sync-confirm = Oui, actualiser
synced = { $total ->
    [0] Aucun contact
    [one] { $total } contact
   *[other] { $total } contacts
} (ajouts : { $added }, retraits : { $removed }, changements de nom : { $renamed }).

## Administration: the gateway

info-up = En marche depuis { $time }
info-users = { $count ->
    [0] Aucun utilisateur
    [one] { $count } utilisateur
   *[other] { $count } utilisateurs
}, dont { $connected } en ligne
info-queued = Stanzas en attente d’envoi : { $count }
info-database = La base de données ne va pas bien : {$why}. Ce qui arrive attend.
plugin-held = Le greffon bloque un fil d’exécution : { $operation } de { $user } sur { $thread }, depuis { $seconds } s. D’autres devront peut-être attendre.
announce-text = Texte
announced = { $count ->
    [0] Envoyé à personne.
    [one] Envoyé à { $count } utilisateur.
   *[other] Envoyé à { $count } utilisateurs.
}
log-level = Niveau
log-target = Partie (par exemple slidged::session ; vide = tout)
log-level-text = Cela vaut jusqu’au prochain redémarrage.
log-level-set = Le niveau du journal est maintenant { $level }.

## Administration: users

admin-registered = { $who } vient de s’inscrire
admin-account = Utilisateur (adresse)
admin-accounts = Utilisateurs (adresses)
admin-no-such-user = { $who } n’est pas inscrit.
admin-page = Page (sur { $pages })
admin-users = { $count ->
    [0] Personne n’est inscrit.
    [one] { $count } utilisateur :
   *[other] { $count } utilisateurs :
}
admin-clients = Clients en ligne : { $count }
admin-failures = Échecs de connexion d’affilée : { $count }
admin-since = Inscription : { $date }
admin-delete-text = L’inscription de ces utilisateurs prend fin, et tout ce qui est gardé sur eux est supprimé : { $who }
admin-deleted = { $count ->
    [0] Aucun utilisateur n’est supprimé.
    [one] { $count } utilisateur est supprimé.
   *[other] { $count } utilisateurs sont supprimés.
}
admin-you-are-deleted = Un administrateur a mis fin à votre inscription à la passerelle { $network }.
admin-logged-out = { $count ->
    [0] Aucun utilisateur n’est déconnecté.
    [one] { $count } utilisateur est déconnecté.
   *[other] { $count } utilisateurs sont déconnectés.
}
admin-logged-you-out = Un administrateur vous a déconnecté
admin-logged-in = { $count ->
    [0] Aucun utilisateur n’est à reconnecter.
    [one] { $count } utilisateur est en cours de connexion.
   *[other] { $count } utilisateurs sont en cours de connexion.
}

## Administration: who gets in

admin-somebody-asks = { $who } veut s’inscrire. Écrivez « approve » pour décider.
applicants-none = Personne n’attend d’être accepté.
applicants-who = Qui
applicants-decision = Décision
applicants-approve = Accepter
applicants-refuse = Refuser
applicants-gone = { $who } n’attend plus.
applicants-decided = { $count ->
    [0] Aucune décision prise.
    [one] Décision prise pour { $count } personne.
   *[other] Décision prise pour { $count } personnes.
}
invitation-uses = Pour combien de personnes
invitation-days = Pour combien de jours
invitation-note = Note (pour vous)
invitation-made = Code d’invitation : { $token }
    Il permet à { $uses ->
        [one] { $uses } personne
       *[other] { $uses } personnes
    } de s’inscrire pendant { $days ->
        [one] { $days } jour
       *[other] { $days } jours
    }. Il ne sera plus affiché.
ban-whom = Adresse ou domaine
ban-reason = Raison (elle leur est communiquée)
ban-text = Plus personne de cette adresse ou de ce domaine ne peut s’inscrire, et les inscriptions existantes sont supprimées.
ban-ends = { $who } est inscrit ici, ou des gens de ce domaine le sont. Inscriptions qui prennent fin : { $count }.
bans-heading = { $count ->
    [0] Personne n’est banni.
    [one] { $count } bannissement :
   *[other] { $count } bannissements :
}
banned-done = { $who } est banni. Inscriptions supprimées : { $count }.
ban-lifted = { $who } peut de nouveau utiliser la passerelle.
ban-none = { $who } n’est pas banni.

## In a chat with the gateway

# What users type, in lower case; the English words work in all languages.
words-help = aide aidez-moi commandes ?
words-cancel = annuler annule annulez arrêter arrête arrêtez quitter
words-yes = oui o ouais ouaip d'accord d’accord ok
words-no = non n nan

help-heading = C’est la passerelle { $network }. Écrivez l’un de ces mots :
help-ending = « help » suivi d’un mot vous en dit plus ; « cancel » arrête ce qui est en cours.
help-contact = contact – Ce que l’on peut faire avec un de vos contacts
help-room = room – Ce que l’on peut faire avec un de vos groupes
chat-unknown = Je ne connais pas « { $word } ». Écrivez « help » pour voir ce que je sais faire.
chat-did-you-mean = Je ne connais pas « { $word } ». Vouliez-vous dire « { $other } » ? Écrivez « help » pour voir ce que je sais faire.
chat-several = Cela peut être l’un de ces mots : { $words }
chat-several-addresses = Ce pourrait être l’un de ceux-ci : { $words }. Écrivez l’adresse de celui que vous voulez.
chat-on-whom = Écrivez « contact », puis de qui il s’agit, puis quoi faire : { $words }. Par exemple : contact anne { $first }
chat-on-which-group = Écrivez « room », puis de quel groupe il s’agit, puis quoi faire : { $words }. Par exemple : room thé { $first }
chat-on-nobody = Il n’y a rien à faire ici.
chat-nobody = « { $whom } » ne fait pas partie des contacts ici. « contacts » montre les vôtres.
chat-no-group = Il n’y a pas de groupe « { $whom } » ici. « groups » montre les vôtres.
chat-too-fast = Une chose à la fois, s’il vous plaît : je m’occupe encore de votre message précédent.
chat-stopping = La passerelle s’arrête et n’attend plus votre réponse. Recommencez dans un instant ; « help » dit comment.
chat-nothing-to-cancel = Il n’y a rien à annuler.
chat-cancelled = « { $word } » est annulé.
chat-registration-stands = Vous êtes inscrit malgré tout ; vos préférences restent telles quelles. « preferences » les modifie.
chat-register = Écrivez « register » pour vous inscrire.
chat-too-slow = J’ai attendu assez longtemps une réponse : « { $word } » est annulé. Écrivez « { $word } » pour recommencer.
chat-elsewhere = La suite vient toute seule dès que c’est fait de l’autre côté. Écrivez « cancel » pour arrêter.
chat-failed = Cela n’a pas marché. Réessayez plus tard.
answer-yes-or-no = Veuillez répondre par oui ou non, ou par « cancel ».
ask-confirm = Le voulez-vous ? (oui ou non)
ask-boolean = Répondez par oui ou non. Actuellement : { $current } (« . » pour ne rien changer)
ask-choice = Répondez par un numéro ou un nom.
ask-choice-current = Répondez par un numéro ou un nom. Actuellement : { $current } (« . » pour ne rien changer)
ask-several = Séparez par des virgules s’il y en a plusieurs. « . » pour ne rien changer.
ask-secret = Votre réponse ne sera plus affichée. Pensez à supprimer votre message ensuite.
ask-text = Écrivez votre réponse, ou « cancel ».
ask-optional = « . » pour laisser vide.
ask-current = Actuellement : { $current } (« . » pour ne rien changer)
input-cancelled = Vous avez annulé.
input-too-slow = J’ai attendu assez longtemps une réponse.

## On the control socket

ctl-unknown = Il n’y a pas de commande « { $word } ». « slidged ctl help » en donne la liste.
ctl-confirm = Relancez avec --yes devant la commande pour le faire.
ctl-too-much = Cette commande ne prend rien de plus : { $words }
called-like = Elle s’appelle ainsi : { $line }
ctl-not-here = C’est impossible ici : il faut un client.
ctl-usage = Utilisation : slidged ctl { $line }
