# Español. Las palabras entre comillas que hay que escribir son las mismas en todos los idiomas.

## Commands: their names, and a line of help

commands = Comandos

command-register = Registrarse
    .help = Inicia sesión en la red y trae aquí tus contactos.
command-status = Estado
    .help = Si tienes conexión, y cuántos contactos tienes.
command-preferences = Preferencias
    .help = Lo que la pasarela muestra y transmite.
command-credentials = Cambiar credenciales
    .help = Inicia sesión en la red con otras credenciales.
command-re-login = Volver a iniciar sesión
    .help = Conéctate otra vez a la red, ahora mismo.
command-unregister = Dejar la pasarela
    .help = Quita tus contactos de aquí y borra tus credenciales.

command-find = Buscar personas
    .help = Busca en la red, por ejemplo: find ana
command-contacts = Mis contactos
    .help = Tus contactos en la red.
command-sync-contacts = Actualizar contactos
    .help = Vuelve a leer la lista de contactos de la red.
command-groups = Mis grupos
    .help = Tus grupos en la red.
command-leave = Salir de este grupo
    .help = Salir de él para siempre, en la red.
command-block = Bloquear
    .help = Impedir que este contacto te alcance en la red.
command-unblock = Desbloquear
    .help = Dejar que este contacto vuelva a alcanzarte.

command-export-data = Exportar mis datos
    .help = Todo lo que la pasarela guarda sobre ti, en un archivo.
command-delete-data = Borrar mis datos
    .help = Deja la pasarela y borra todo lo que guarda sobre ti.

command-info = Acerca de esta pasarela
    .help = Qué versión es, y cuánto tiempo lleva en marcha.
command-users = Lista de usuarios
    .help = Quién está registrado, y quién tiene conexión.
command-user = Detalles de un usuario
    .help = Cómo le va a un usuario.
command-delete-user = Eliminar usuarios
    .help = Termina el registro de alguien.
command-logout-user = Cerrar la sesión de usuarios
    .help = Desconecta a alguien de la red hasta que vuelva a iniciar sesión.
command-login-user = Conectar usuarios
    .help = Vuelve a conectar a alguien a la red.
command-announce = Anuncio
    .help = Envía un mensaje a todos los usuarios.
command-approve = Aprobar registros
    .help = Acepta o rechaza a quienes esperan.
command-invite = Invitar
    .help = Crea un código de invitación.
command-bans = Lista de vetos
    .help = Quién no puede usar la pasarela.
command-ban = Vetar
    .help = Impide la entrada a una dirección o a un dominio entero.
command-unban = Levantar un veto
    .help = Deja entrar de nuevo a una dirección o a un dominio.
command-doctor = Diagnóstico
    .help = Probar lo que el servidor XMPP permite a la pasarela.
command-log-level = Nivel de registro
    .help = Anota más o menos en el registro, hasta el próximo reinicio.

category-admin = Administración
category-contacts = Contactos
category-data = Mis datos
category-choose = ¿Qué quieres hacer?
category-empty = Aquí no hay nada que puedas hacer.

## Commands: who may run them, and how they end

denied-admin-only = Esto es solo para administradores.
denied-registered-already = Ya tienes un registro.
denied-not-registered = No tienes un registro en la pasarela de { $network }.
denied-connected-already = Ya tienes conexión.
denied-not-connected = Ahora mismo no tienes conexión con { $network }.
no-such-command = Ese comando no existe.
session-ending = Estás dejando la pasarela, o se está apagando.
too-many-forms = Hay demasiados formularios abiertos. Termina uno, o espera diez minutos.
too-many-tries = { $why } Demasiados intentos fallidos. Empieza de nuevo, por favor.
nothing-changed = No se ha cambiado nada.
confirm = Sí, adelante
done = Hecho.
yes = sí
no = no

## Commands: what is wrong with an answer

field-missing = Falta “{ $field }”.
field-too-long = “{ $field }” es demasiado largo.
field-no-choice = “{ $field }”: eso no está entre las opciones: { $choices }.
field-no-address = “{ $field }” no es una dirección.
field-no-number = “{ $field }” no es un número, o es demasiado pequeño o grande.

## Commands: heads of tables

column-name = Nombre
column-address = Dirección
column-state = Conexión
column-status = Estado
column-reason = Motivo
column-by = Por

## Who gets in

not-served = Esta pasarela no atiende a tu dirección.
banned = Tienes prohibido usar esta pasarela.
banned-reason = Tienes prohibido usar esta pasarela: { $reason }
register-closed = Esta pasarela no admite usuarios nuevos.
register-asked = Un administrador tiene que aceptarte y ya está avisado. Recibirás un mensaje aquí.
register-waiting = Un administrador tiene que aceptarte y ya está avisado. Espera un poco; recibirás un mensaje aquí.
register-approved = Un administrador te ha aceptado. Escribe “register” para registrarte en { $network }.
register-refused = Un administrador ha decidido no aceptarte.
register-too-many-wait = Hay demasiada gente esperando a que la acepten. Inténtalo de nuevo dentro de unos días.
invitation = Código de invitación
invitation-text = Necesitas un código de invitación de un administrador.
invitation-invalid = Este código de invitación es incorrecto, ya se ha usado o ha caducado.

## Registering

register-title = Registro en { $network }
register-text = Introduce tus credenciales.
register-confirm = Sí, registrarme en { $network }
register-remove = Dejar la pasarela
register-by-command = Esta red necesita más de un paso: usa el comando “register” de la pasarela, o escríbele “register”.
register-too-often = Demasiados intentos. Inténtalo de nuevo dentro de { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
}.
register-not-stored = La pasarela no puede guardar tu registro en este momento.
register-still-leaving = La pasarela todavía está terminando tu registro anterior. Inténtalo de nuevo dentro de un minuto.
register-code-title = Código de confirmación
register-code-text = La red te ha enviado un código. Introdúcelo aquí.
register-code = Código
register-qr-title = Escanea este código
register-qr-text = Escanea este código con la aplicación de { $network } en tu teléfono. Lo demás va solo.
register-qr-expired = Nadie ha escaneado el código a tiempo. Empieza de nuevo, por favor.
qr-picture = Código para escanear
qr-address = El código como imagen
qr-text = El mismo código como texto
qr-over = Este código ya no es válido.
registered = Ya tienes tu registro en { $network }.
form-elsewhere = Pasa al siguiente paso cuando esté hecho.
preferences-offered = Elige ahora lo que quieras, o déjalo como está: “preferences” lo cambia cuando quieras.
credentials-form = Con el formulario habitual
command-register-by = Registrarse: { $way }
welcome = ¡Te damos la bienvenida a la pasarela de { $network }! Tus contactos aparecerán en tu lista; solo tienes que escribirles.
credentials-how = ¿Cómo quieres iniciar sesión?
credentials-changed = Tus credenciales se han cambiado. Conectando con { $network }…

## Preferences

preferences-title = Preferencias
preferences-text = Cambia lo que quieras; lo demás se queda como está.
preferences-kept = Tus preferencias se han guardado.
preference-sync-presence = Mostrar a mis contactos si estoy en línea
preference-sync-avatar = Mostrar mi foto a mis contactos
preference-last-seen-fallback = Mostrar en el texto de estado cuándo se vio por última vez a mis contactos
preference-reaction-fallback = Mostrar las reacciones como texto, para los clientes que no las muestran de otro modo

## The user's data, and leaving

unregister-text = Tus contactos desaparecerán de tu lista, y tus credenciales de { $network } se borrarán.
unregister-confirm = Sí, quiero irme
unregistered = Has dejado la pasarela de { $network }.
data-deleted = Has dejado la pasarela de { $network }, y lo que guardaba sobre ti está borrado.
delete-data-text = Dejarás la pasarela de { $network }, y se borrará todo lo que guarda sobre ti. Esto no se puede deshacer.
delete-data-confirm = Sí, borrarlo todo
exported = Tus datos: { $url }
export-no-way = No se pueden enviar tus datos en un archivo. { $why } Pídeselos al administrador de la pasarela.
upload-no-service = { $domain } no tiene un servicio para archivos.
upload-too-large = El archivo es demasiado grande: tu servidor admite { $most } bytes como máximo.
upload-quota = Tu servidor no admite más archivos tuyos hoy.
upload-refused = Tu servidor no admite el archivo en este momento.
file-too-large = Es más grande de lo que transporta esta pasarela.
file-not-fetched = No se puede obtener de donde está.
file-quota = Tu cuota de archivos en esta pasarela está agotada.
file-day = Has agotado lo que esta pasarela transporta de tus archivos en un día. Vuelve a empezar a medianoche (UTC).
file-failed = 📎 { $name }: no se pudo traer este archivo. { $why }
file-not-opened = Está cifrado y su clave no encaja.
file-not-sent = Este archivo no se envió. { $why }
files-not-sent-either = Tampoco se enviaron: { $names }.
no-files = { $network } no admite archivos cifrados.

## The connection to the network

connecting = Conectando…
reconnecting = Reconectando…
syncing = Sincronizando contactos…
connected = En línea
not-connected = Sin conexión
stopping = La pasarela se está apagando
unreachable-retrying = No se puede conectar con { $network }, reintentando
login-refused = { $network } ha rechazado el inicio de sesión
log-in-again = { $why }. Usa el comando “re-login” para intentarlo otra vez, o regístrate de nuevo con otras credenciales.
state-connected = con conexión
state-connecting = conectando
state-parked = a la espera de un nuevo inicio de sesión

## Messages and requests that are refused

stopping-now = La pasarela se está apagando. Inténtalo de nuevo en un momento.
too-much-at-once = Demasiado de una vez. Inténtalo de nuevo en un momento.
too-much-waits = Hay demasiado en espera en este chat. Inténtalo de nuevo más tarde.
unreachable = No se puede conectar con { $network } en este momento. Inténtalo de nuevo más tarde.
message-not-sent = { $why } Tu mensaje no se ha enviado.
message-not-stored = La pasarela no puede guardar mensajes en este momento.
database-unwell = La pasarela no puede guardar nada en este momento: lo que recibes espera, y lo que escribas puede ser rechazado.
message-uncertain = La pasarela se reinició mientras este mensaje estaba en camino: puede que no se haya enviado.
message-encrypted = Este mensaje está cifrado y la otra red no puede leerlo. Desactiva el cifrado en este chat.
message-blank = Este mensaje está vacío: no se ha enviado.
message-not-understood = Esto no se puede transmitir a { $network }: no se ha enviado.
text-cut = el resto es demasiado largo para mostrarlo aquí
correction = Corrección: { $text }
no-reactions = En { $network } no hay reacciones.
no-retractions = En { $network } no se pueden retirar mensajes.
one-reaction-only = En { $network } solo hay una reacción por mensaje: la tuya no se ha enviado.
no-such-reaction = { $network } no tiene esa reacción: no se ha enviado.
retracted = /me ha retirado un mensaje.
no-invitations = Las personas de { $network } no pueden entrar en esta sala.
disappearing = ⏳ Aquí los mensajes desaparecen { $time } después de leerse, en la otra red.
disappearing-no-more = Aquí los mensajes ya no desaparecen.
lasting-days = { $count ->
    [1] un día
   *[other] { $count } días
 }
lasting-hours = { $count ->
    [1] una hora
   *[other] { $count } horas
 }
lasting-minutes = { $count ->
    [1] un minuto
   *[other] { $count } minutos
 }
lasting-seconds = { $count ->
    [1] un segundo
   *[other] { $count } segundos
 }
no-such-contact = No hay nadie en esa dirección.
contact-not-a-group = Esto es un contacto, no un grupo.
no-such-group = Ese grupo no existe.
no-rooms = No hay grupos en { $network }.
room-message-too-long = Este mensaje es demasiado largo para mostrarse en una sala.
room-needs-nick = Elige un apodo para entrar en esta sala.
room-not-inside = No estás (o ya no estás) en esta sala: este mensaje no se ha enviado. Vuelve a entrar.
room-not-joined = No estás (o ya no estás) en esta sala. Vuelve a entrar.
room-is-a-group = Esto es un grupo: los mensajes llegan a todos los que están en él.
room-no-private-messages = Los mensajes privados en salas aún no son posibles. Escribe al contacto.
room-no-invitations = Aún no se puede invitar así a las personas de { $network }.
room-no-subject = El tema de esta sala no se puede cambiar en { $network }.
room-subject-too-long = Este tema es demasiado largo: no se ha cambiado.
room-nick-stays = En { $network } no puedes elegir cómo te llamas en esta sala.
contact-blocked = Bloqueado.
contact-unblocked = Ya no está bloqueado.
blocking-by-command = Esta pasarela no lleva la lista de quién está bloqueado. Eso lo hace tu propio servidor, y los contactos tienen la orden «block» donde la red puede bloquear.
blocking-one-by-one = Desbloquea tus contactos uno por uno.
not-a-group = Esto es una pasarela, no un grupo.
carbons-no-privilege = Lo que escribes en otras aplicaciones de { $network } no se puede mostrar aquí, porque este servidor no se lo permite a la pasarela. Su administrador puede añadir:
    { $lines }
no-roster-privilege = Tus contactos tienen que pedirte uno por uno estar en tu lista, porque este servidor no deja que la pasarela los ponga ahí. Su administrador puede añadir:
    { $lines }
no-iq-privilege = Los archivos cuentan para la cuota de la pasarela, porque este servidor no deja que la pasarela actúe por ti. Su administrador puede añadir:
    { $lines }
doctor-result = Resultado
doctor-what = Qué
doctor-detail = Detalles
doctor-lines = Para añadir a la configuración del servidor:
    { $lines }
admin-privilege = Sobre los usuarios de { $domain }: { $text }
admin-iqs-dropped = El servidor XMPP descarta lo que la pasarela le pide en su propio nombre. Los mensajes, la presencia y las listas de contactos funcionan; los archivos solo donde la pasarela puede pedir en nombre de los usuarios, y no se ven las imágenes de estos. ejabberd 24.10 y 24.12 lo hacen mientras mod_privilege está activado: actualizar a 25.03 o posterior lo corrige.
admin-iqs-taken = El servidor XMPP vuelve a aceptar lo que la pasarela le pide en su propio nombre.
error-number = { $text } (Error { $id }, que la administración puede consultar.)
session-failed = Algo ha fallado en la pasarela y se te está conectando de nuevo. Puede que un mensaje que acabas de enviar no haya llegado. (Error { $id }, que la administración puede consultar.)
session-failing = Algo va mal en la pasarela. Inténtalo de nuevo más tarde.
stanza-failed = Algo ha fallado en la pasarela: puede que esto no se haya enviado.
sent-too-fast = Envías más rápido de lo que permite esta pasarela: este mensaje no se ha enviado. Espera un momento.
answer-too-large = La respuesta es más grande de lo que aceptan los servidores XMPP.
not-readable = No se ha podido leer: { $why }.

## Errors that the network does not explain

condition-bad-request = La pasarela no ha entendido la petición.
condition-conflict = Esto entra en conflicto con algo que ya existe.
condition-feature-not-implemented = Esto no se admite.
condition-forbidden = No tienes permiso para hacer esto.
condition-gone = Esto ya no existe.
condition-internal-server-error = Algo ha fallado en la pasarela.
condition-item-not-found = Esto no existe.
condition-jid-malformed = Esta dirección no es válida.
condition-not-acceptable = La red no acepta esto.
condition-not-allowed = Esto no está permitido.
condition-not-authorized = La red no ha aceptado tus credenciales.
condition-policy-violation = La red rechaza esto por ahora.
condition-recipient-unavailable = No se puede contactar con el destinatario en este momento.
condition-redirect = Esto se encuentra en otro lugar.
condition-registration-required = Primero tienes que registrarte.
condition-remote-server-not-found = No se ha encontrado la red.
condition-remote-server-timeout = La red no ha respondido a tiempo.
condition-resource-constraint = La pasarela está demasiado ocupada. Inténtalo de nuevo más tarde.
condition-service-unavailable = Esto no está disponible en este momento.
condition-subscription-required = Para esto hace falta antes una suscripción.
condition-undefined-condition = Algo ha fallado.
condition-unexpected-request = La pasarela no esperaba esto ahora.

## Presences of contacts

about-gateway = Chatea con gente de { $network } desde cualquier cliente XMPP
contact-request = Estoy en tu lista de contactos de allí.
contacts-unreachable = No se puede conectar con { $network }
date = { $day } de { $month } de { $year }
last-seen = Última conexión: { $when }
weekdays = lunes martes miércoles jueves viernes sábado domingo
months = enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre

## Contacts

status-friends = { $count ->
    [0] ningún contacto
    [one] un contacto
   *[other] { $count } contactos
}
groups-heading = { $count ->
    [0] No estás en ningún grupo.
    [one] Un grupo:
   *[other] { $count } grupos:
}
leave-question = Sales de este grupo en { $network }, no solo aquí. ¿Seguro?
group-left = Has salido de este grupo.
group-not-in = No estás en este grupo.
contacts-heading = { $count ->
    [0] Todavía no tienes contactos.
    [one] Un contacto:
   *[other] { $count } contactos:
}
friend-not-changed = { $who }: tu decisión no ha llegado a { $network }. { $why }
find-nobody = No se ha encontrado a nadie.
find-several = Se han encontrado { $count } personas. Sé más preciso, por favor.
sync-text = Se volverá a leer tu lista de contactos de { $network }, y la de aquí se ajustará a ella.
sync-confirm = Sí, actualizar
synced = { $total ->
    [0] Ningún contacto
    [one] Un contacto
   *[other] { $total } contactos
} (añadidos: { $added }, quitados: { $removed }, con otro nombre: { $renamed }).

## Administration: the gateway

info-up = En marcha desde hace { $time }
info-users = { $count ->
    [0] Ningún usuario
    [one] Un usuario
   *[other] { $count } usuarios
}, { $connected } con conexión
info-queued = Stanzas en espera de envío: { $count }
info-database = La base de datos no está bien: {$why}. Lo que llega espera.
plugin-held = El complemento bloquea un hilo: { $operation } de { $user } en { $thread }, desde hace { $seconds } s. Puede que otros tengan que esperar.
announce-text = Texto
announced = { $count ->
    [0] No se ha enviado a nadie.
    [one] Enviado a un usuario.
   *[other] Enviado a { $count } usuarios.
}
log-level = Nivel
log-target = Parte (por ejemplo slidged::session; vacío significa todo)
log-level-text = Vale hasta el próximo reinicio.
log-level-set = El nivel de registro es ahora { $level }.

## Administration: users

admin-registered = { $who } se ha registrado
admin-account = Usuario (dirección)
admin-accounts = Usuarios (direcciones)
admin-no-such-user = { $who } no tiene un registro.
admin-page = Página (de { $pages })
admin-users = { $count ->
    [0] No hay nadie registrado.
    [one] Un usuario:
   *[other] { $count } usuarios:
}
admin-clients = Clientes en línea: { $count }
admin-failures = Inicios de sesión fallidos seguidos: { $count }
admin-since = Con registro desde { $date }
admin-delete-text = El registro de estos usuarios termina, y se borra todo lo que se guarda sobre ellos: { $who }
admin-deleted = { $count ->
    [0] No se ha eliminado a ningún usuario.
    [one] Se ha eliminado a un usuario.
   *[other] Se ha eliminado a { $count } usuarios.
}
admin-you-are-deleted = Un administrador ha terminado tu registro en la pasarela de { $network }.
admin-logged-out = { $count ->
    [0] No se ha cerrado ninguna sesión.
    [one] Se ha cerrado la sesión de un usuario.
   *[other] Se ha cerrado la sesión de { $count } usuarios.
}
admin-logged-you-out = Un administrador ha cerrado tu sesión
admin-logged-in = { $count ->
    [0] No se conecta a ningún usuario.
    [one] Se está conectando a un usuario.
   *[other] Se está conectando a { $count } usuarios.
}

## Administration: who gets in

admin-somebody-asks = { $who } quiere registrarse. Escribe “approve” para decidir.
applicants-none = Nadie espera a que lo acepten.
applicants-who = Quién
applicants-decision = Decisión
applicants-approve = Aceptar
applicants-refuse = Rechazar
applicants-gone = { $who } ya no espera.
applicants-decided = { $count ->
    [0] No se ha decidido sobre nadie.
    [one] Decidido sobre una persona.
   *[other] Decidido sobre { $count } personas.
}
invitation-uses = Para cuántas personas
invitation-days = Para cuántos días
invitation-note = Nota (para ti)
invitation-made = Código de invitación: { $token }
    Permite que { $uses ->
        [one] una persona se registre
       *[other] { $uses } personas se registren
    } en el plazo de { $days ->
        [one] un día
       *[other] { $days } días
    }. No se volverá a mostrar.
ban-whom = Dirección o dominio
ban-reason = Motivo (se les comunica)
ban-text = Nadie podrá registrarse ya desde ahí, y se eliminará a quien esté registrado desde ahí.
ban-ends = { $who } tiene su registro aquí, o lo tiene gente de ese dominio. Registros que terminan: { $count }.
bans-heading = { $count ->
    [0] Nadie está vetado.
    [one] Un veto:
   *[other] { $count } vetos:
}
banned-done = Veto para { $who }. Registros terminados: { $count }.
ban-lifted = { $who } puede volver a usar la pasarela.
ban-none = { $who } no tiene ningún veto.

## In a chat with the gateway

# What users type, in lower case; the English words work in all languages.
words-help = ayuda comandos ?
words-cancel = cancelar cancela parar detener salir
words-yes = sí si s claro vale ok
words-no = no n nop

help-heading = Esta es la pasarela de { $network }. Escribe una de estas palabras:
help-ending = “help” y una palabra te cuenta más sobre ella; “cancel” detiene lo que está en marcha.
help-contact = contact – Lo que se puede hacer con uno de tus contactos
help-room = room – Lo que se puede hacer con uno de tus grupos
chat-unknown = No conozco “{ $word }”. Escribe “help” para ver lo que hay.
chat-did-you-mean = No conozco “{ $word }”. ¿Querías decir “{ $other }”? Escribe “help” para ver lo que hay.
chat-several = Podría ser cualquiera de estas: { $words }
chat-several-addresses = Podría ser cualquiera de estos: { $words }. Escribe la dirección del que quieres.
chat-on-whom = Escribe “contact”, luego de quién se trata y luego qué hacer: { $words }. Por ejemplo: contact ana { $first }
chat-on-which-group = Escribe “room”, luego de qué grupo se trata y luego qué hacer: { $words }. Por ejemplo: room té { $first }
chat-on-nobody = Aquí no hay nada que hacer.
chat-nobody = “{ $whom }” no es un contacto aquí. “contacts” muestra los tuyos.
chat-no-group = Aquí no hay ningún grupo “{ $whom }”. “groups” muestra los tuyos.
chat-too-fast = Vamos por partes, por favor: todavía estoy con lo que escribiste antes.
chat-stopping = La pasarela se está apagando y ya no espera tu respuesta. Empieza de nuevo en un momento; “help” dice cómo.
chat-nothing-to-cancel = No hay nada que cancelar.
chat-cancelled = “{ $word }” se ha cancelado.
chat-registration-stands = De todos modos tienes tu registro; tus preferencias se quedan como están. “preferences” las cambia.
chat-register = Escribe “register” para registrarte.
chat-too-slow = He esperado bastante una respuesta, así que “{ $word }” se ha cancelado. Escribe “{ $word }” para empezar de nuevo.
chat-elsewhere = Esto sigue solo en cuanto se termine en el otro lado. Escribe “cancel” para detenerlo.
chat-failed = Eso no ha funcionado. Inténtalo de nuevo más tarde.
answer-yes-or-no = Responde sí o no, por favor, o “cancel”.
ask-confirm = ¿Lo quieres? (sí o no)
ask-boolean = Responde sí o no. Ahora: { $current } (“.” lo deja así)
ask-choice = Responde con un número o un nombre.
ask-choice-current = Responde con un número o un nombre. Ahora: { $current } (“.” lo deja así)
ask-several = Si son varios, sepáralos con comas. “.” lo deja como está.
ask-secret = No se volverá a mostrar. Quizá quieras borrar tu mensaje después.
ask-text = Escribe tu respuesta, o “cancel”.
ask-optional = “.” lo deja vacío.
ask-current = Ahora: { $current } (“.” lo deja así)
input-cancelled = Lo has cancelado.
input-too-slow = He esperado bastante una respuesta.

## On the control socket

ctl-unknown = No existe el comando “{ $word }”. “slidged ctl help” los muestra todos.
ctl-confirm = Repítelo con --yes delante del comando para hacerlo.
ctl-too-much = Este comando no admite nada más: { $words }
called-like = Se llama así: { $line }
ctl-not-here = Esto no se puede hacer aquí: hace falta un cliente.
ctl-usage = Uso: slidged ctl { $line }
