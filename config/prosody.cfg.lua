-- Prosody 0.12 (Debian 12) or 13 (Debian 13) as the home of a slidged gateway.
--
-- This is a complete, small configuration; the tests load this very file. To add a gateway to a server that already runs,
-- copy the parts marked [slidged] into your own prosody.cfg.lua and write your domains in place of example.org and gw.example.org.
--
-- Debian packages: prosody, prosody-modules (for mod_privilege) and lua-dbi-sqlite3 (for an archive that stays fast).
--
-- What differs: Prosody 13 decides by roles who may upload, so it needs http_file_share_access below; 0.12 does without, and takes it too.
-- Everything else here is the same for both.

admins = { }

modules_enabled = {
	-- What every server needs.
	"roster"; "saslauth"; "tls"; "dialback"; "disco"; "posix"; "ping"; "time"; "uptime"; "version"; "limits";

	-- [slidged] The gateway acts for its users: it puts their contacts on the roster, shows what they wrote in the other
	-- network's own app, and takes groups off the bookmarks of who leaves. This is XEP-0356; from the package prosody-modules.
	"privilege";

	-- What people expect of a server today. A gateway makes good use of it: several devices see the same conversation (carbons),
	-- history is there on a new device (mam), nothing is lost on a bad connection (smacks).
	"carbons"; "mam"; "smacks"; "csi_simple"; "pep"; "bookmarks"; "private"; "vcard4"; "vcard_legacy"; "blocklist";
}

authentication = "internal_hashed"

-- The archive belongs in SQL: with the default storage every message costs more as the archive grows, up to 20 ms each near
-- the limit of 10,000 messages a user.
storage = { archive = "sql" }
sql = { driver = "SQLite3", database = "prosody.sqlite" }
archive_expires_after = "4w"

limits = {
	c2s = { rate = "10kb/s" };
	s2sin = { rate = "30kb/s" };
}

certificates = "certs"
pidfile = "/run/prosody/prosody.pid"
log = { info = "/var/log/prosody/prosody.log"; error = "/var/log/prosody/prosody.err" }

-- [slidged] Where the gateway connects. The stream is not encrypted: keep it on loopback, or inside a network you trust.
component_ports = { 5347 }
component_interfaces = { "127.0.0.1" }
-- [slidged] A gateway whose connection was lost without a word comes back over a new one; by default Prosody would hold on to the
-- dead one, and refuse the new one, for as long as its TCP believes in it.
component_conflict_resolve = "kick_old"

VirtualHost "example.org"

	-- [slidged] What the gateway may do for the users of this host (mod_privilege). Leave a line out and slidged goes on
	-- without it; beside each line is what is missed then.
	privileged_entities = {
		["gw.example.org"] = {
			-- Contacts are put on the roster at once, named and grouped. Without: one subscription request for each contact.
			roster = "both";
			-- Messages you send from the other network's own app show up in your XMPP clients. Without: they do not.
			message = "outgoing";
			iq = {
				-- Groups leave the bookmarks together with you. Without: they stay.
				["http://jabber.org/protocol/pubsub"] = "both";
				["http://jabber.org/protocol/pubsub#owner"] = "set";
				-- Files count for the quota of the user whom they are for. Without: for that of the gateway.
				["urn:xmpp:http:upload:0"] = "get";
			};
		};
	}

	-- Clients find the services below by asking this host. Prosody lists components below a host by itself; one of another name,
	-- such as gw.example.net, has to be named here:
	--disco_items = { { "gw.example.net" } }

-- [slidged] Files, for people's own clients and for the gateway: pictures, and the QR codes that some networks log in with. Without: QR
-- codes are drawn in characters. Prosody 13 takes files of components only if they are named, and 0.12, once somebody is named, of nobody else:
-- so the users' host is named too.
Component "upload.example.org" "http_file_share"
	http_file_share_size_limit = 100 * 1024 * 1024
	http_file_share_access = { "example.org"; "gw.example.org" }

-- [slidged] The gateway itself: `jid` and `secret_file` in slidge.toml. Make a secret with `openssl rand -hex 32`.
Component "gw.example.org"
	component_secret = "change-me"
	modules_enabled = { "privilege" }
