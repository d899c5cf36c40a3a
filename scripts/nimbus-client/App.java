import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.PushedAuthorizationRequest;
import com.nimbusds.oauth2.sdk.PushedAuthorizationResponse;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.TokenRevocationRequest;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.dpop.DPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.Tokens;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.AuthenticationSuccessResponse;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.minidev.json.JSONObject;

/**
 * An app of the bank's, made with the OpenID Connect SDK of Nimbus: the code flow with PAR, PKCE and DPoP, then the other routes of a
 * client.
 *
 * <pre>
 * java App.java keys DIRECTORY                  makes the app's key: jwks.json for the bank, key.json for the app
 * java App.java run DIRECTORY ISSUER ID PORT    prints where the person goes, waits for them to come back to
 *                                               http://localhost:PORT/back, and prints what the app learned
 * </pre>
 */
final class App {
    private final Issuer issuer;
    private final ClientID id;
    private final ECKey key;
    private final OIDCProviderMetadata bank;

    private App(Issuer issuer, ClientID id, ECKey key) throws Exception {
        this.issuer = issuer;
        this.id = id;
        this.key = key;
        this.bank = OIDCProviderMetadata.resolve(issuer);
    }

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[1]);
        if (arguments[0].equals("keys")) {
            keys(directory);
        } else {
            ECKey key = ECKey.parse(Files.readString(directory.resolve("key.json")));
            new App(new Issuer(arguments[2]), new ClientID(arguments[3]), key).run(Integer.parseInt(arguments[4]));
        }
    }

    private static ECKey newKey(String name) throws Exception {
        return new ECKeyGenerator(Curve.P_256).keyID(name).generate();
    }

    private static void keys(Path directory) throws Exception {
        ECKey key = newKey("app");
        Files.writeString(directory.resolve("jwks.json"), new JWKSet(key).toString());
        Files.writeString(directory.resolve("key.json"), key.toJSONString());
    }

    /** Proofs by a key of DPoP's, with the newest nonce of the bank's. */
    private static final class Sender {
        private final DPoPProofFactory proofs;
        private Nonce nonce;

        Sender(ECKey key) throws Exception {
            proofs = new DefaultDPoPProofFactory(key, JWSAlgorithm.ES256);
        }

        /** The answer to the request, which is sent once more when it lacked the bank's nonce (RFC 9449, 8). */
        HTTPResponse send(HTTPRequest request, AccessToken token) throws Exception {
            HTTPResponse answer = once(request, token);
            String error = answer.getBody() + answer.getWWWAuthenticate();
            return error.contains("use_dpop_nonce") ? once(request, token) : answer;
        }

        private HTTPResponse once(HTTPRequest request, AccessToken token) throws Exception {
            String method = request.getMethod().name();
            URI uri = request.getURI();
            request.setDPoP(token == null ? proofs.createDPoPJWT(method, uri, nonce) : proofs.createDPoPJWT(method, uri, token, nonce));
            HTTPResponse answer = request.send();
            nonce = answer.getDPoPNonce();
            return answer;
        }
    }

    /** A new assertion, since each is good once; for the issuer, as FAPI 2.0 has it. */
    private ClientAuthentication authentication() throws Exception {
        JWTAuthenticationClaimsSet claims = new JWTAuthenticationClaimsSet(id, new Audience(issuer));
        return new PrivateKeyJWT(claims, JWSAlgorithm.ES256, key.toPrivateKey(), key.getKeyID(), null);
    }

    /** The address at which a browser comes back. */
    private static CompletableFuture<URI> comesBack(int port) throws Exception {
        CompletableFuture<URI> address = new CompletableFuture<>();
        HttpServer server = HttpServer.create(new InetSocketAddress("localhost", port), 0);
        server.createContext("/", exchange -> {
            byte[] text = "You can go back to the app.".getBytes();
            exchange.sendResponseHeaders(200, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
            URI asked = exchange.getRequestURI();
            if (asked.getPath().equals("/back")) {
                address.complete(URI.create("http://localhost:" + port + asked));
            }
        });
        server.start();
        return address.whenComplete((came, failed) -> server.stop(0));
    }

    private TokenResponse redeem(Sender sender, AuthorizationCode code, URI back, CodeVerifier verifier) throws Exception {
        AuthorizationCodeGrant grant = new AuthorizationCodeGrant(code, back, verifier);
        HTTPRequest request = new TokenRequest.Builder(bank.getTokenEndpointURI(), authentication(), grant).build().toHTTPRequest();
        return OIDCTokenResponseParser.parse(sender.send(request, null));
    }

    private UserInfoResponse userInfo(Sender sender, AccessToken token) throws Exception {
        HTTPRequest request = new UserInfoRequest(bank.getUserInfoEndpointURI(), token).toHTTPRequest();
        return UserInfoResponse.parse(sender.send(request, token));
    }

    private Map<String, Object> introspected(AccessToken token) throws Exception {
        TokenIntrospectionRequest request =
            new TokenIntrospectionRequest(bank.getIntrospectionEndpointURI(), authentication(), token);
        return TokenIntrospectionResponse.parse(request.toHTTPRequest().send()).toSuccessResponse().toJSONObject();
    }

    private static void print(Map<String, Object> line) {
        System.out.println(JSONObject.toJSONString(line));
    }

    private void run(int port) throws Exception {
        URI back = URI.create("http://localhost:" + port + "/back");
        State state = new State();
        Nonce nonce = new Nonce();
        CodeVerifier verifier = new CodeVerifier();
        Scope scope = new Scope("openid", "customer_number", "offline_access");
        AuthenticationRequest asked = new AuthenticationRequest.Builder(new ResponseType("code"), scope, id, back)
            .state(state)
            .nonce(nonce)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .build();
        Sender sender = new Sender(newKey("sender"));
        PushedAuthorizationRequest pushed =
            new PushedAuthorizationRequest(bank.getPushedAuthorizationRequestEndpointURI(), authentication(), asked);
        PushedAuthorizationResponse accepted = PushedAuthorizationResponse.parse(sender.send(pushed.toHTTPRequest(), null));
        URI request = accepted.toSuccessResponse().getRequestURI();
        CompletableFuture<URI> comesBack = comesBack(port);
        URI link = new AuthenticationRequest.Builder(request, id).endpointURI(bank.getAuthorizationEndpointURI()).build().toURI();
        print(Map.of("link", link.toString()));

        AuthenticationSuccessResponse came = AuthenticationResponseParser.parse(comesBack.get()).toSuccessResponse();
        if (!came.getState().equals(state) || !came.getIssuer().equals(issuer)) {
            throw new IllegalStateException("the answer is another request's or another issuer's");
        }
        AuthorizationCode code = came.getAuthorizationCode();
        TokenResponse redeemed = redeem(sender, code, back, verifier);
        Tokens tokens = redeemed.toSuccessResponse().getTokens();
        IDTokenValidator validator = new IDTokenValidator(issuer, id, JWSAlgorithm.ES256, bank.getJWKSetURI().toURL());
        IDTokenClaimsSet claims = validator.validate(tokens.toOIDCTokens().getIDToken(), nonce);

        AccessToken token = tokens.getAccessToken();
        UserInfoResponse info = userInfo(sender, token);
        UserInfoResponse stolen = userInfo(new Sender(newKey("thief")), token);
        RefreshTokenGrant refresh = new RefreshTokenGrant(tokens.getRefreshToken());
        HTTPRequest refreshing = new TokenRequest.Builder(bank.getTokenEndpointURI(), authentication(), refresh).build().toHTTPRequest();
        AccessToken refreshed =
            OIDCTokenResponseParser.parse(sender.send(refreshing, null)).toSuccessResponse().getTokens().getAccessToken();
        Map<String, Object> introspected = introspected(refreshed);
        new TokenRevocationRequest(bank.getRevocationEndpointURI(), authentication(), tokens.getRefreshToken()).toHTTPRequest().send();

        Map<String, Object> learned = new LinkedHashMap<>();
        learned.put("server", bank.getIssuer().getValue());
        learned.put("token_type", token.getType().getValue());
        learned.put("claims", claims.toJSONObject());
        learned.put("info", info.toSuccessResponse().getUserInfo().toJSONObject());
        learned.put("introspected", introspected);
        learned.put("with_another_key", stolen.toErrorResponse().getErrorObject().getCode());
        learned.put("after_revocation", introspected(refreshed).get("active"));
        learned.put("code_again", redeem(sender, code, back, verifier).toErrorResponse().getErrorObject().getCode());
        print(learned);
    }
}
