-- API keys can be changed after they were made: every node hears of a new name or list of networks too.
DROP TRIGGER api_keys_changed ON api_keys;
CREATE TRIGGER api_keys_changed AFTER UPDATE OF name, role, expires_at, ip_allow_list, revoked_at OR DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION notify_change();
