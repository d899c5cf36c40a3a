import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HexFormat;
import org.jsmpp.SMPPConstant;
import org.jsmpp.bean.SubmitSm;
import org.jsmpp.examples.SMPPServerSimulator;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.session.BindRequest;
import org.jsmpp.session.SMPPServerSession;
import org.jsmpp.session.SMPPServerSessionListener;
import org.jsmpp.session.SubmitSmResult;
import org.jsmpp.session.connection.ServerConnection;
import org.jsmpp.session.connection.ServerConnectionFactory;
import org.jsmpp.session.connection.socket.ServerSocketConnection;

/**
 * The simulator of jSMPP, which answers and sends receipts, on this machine's own address, and prints each message that it takes.
 * Arguments: port, system id, password.
 */
public class MessageCentre extends SMPPServerSimulator {
    MessageCentre(int port, String systemId, String password) {
        super(false, port, systemId, password);
    }

    @Override
    public SubmitSmResult onAcceptSubmitSm(SubmitSm message, SMPPServerSession session) throws ProcessRequestException {
        SubmitSmResult taken = super.onAcceptSubmitSm(message, session);
        System.out.printf(
                "{\"to\": \"%s\", \"from\": \"%s\", \"coding\": %d, \"class\": %d, \"receipt\": %d, \"text\": \"%s\", \"id\": \"%s\"}%n",
                message.getDestAddress(), message.getSourceAddr(), message.getDataCoding() & 0xff, message.getEsmClass() & 0xff,
                message.getRegisteredDelivery() & 0xff, HexFormat.of().formatHex(message.getShortMessage()), taken.getMessageId());
        return taken;
    }

    /** Listens on the loopback address: the simulator's own method listens on all. */
    static class Loopback implements ServerConnectionFactory {
        @Override
        public ServerConnection listen(int port) throws IOException {
            return new ServerSocketConnection(new ServerSocket(port, 50, InetAddress.getLoopbackAddress()));
        }

        @Override
        public ServerConnection listen(int port, int timeout) throws IOException {
            return listen(port);
        }

        @Override
        public ServerConnection listen(int port, int timeout, int backlog) throws IOException {
            return listen(port);
        }
    }

    public static void main(String[] arguments) {
        try {
            serve(Integer.parseInt(arguments[0]), arguments[1], arguments[2]);
        } catch (Exception failed) {
            failed.printStackTrace();
            System.exit(1);
        }
    }

    private static void serve(int port, String systemId, String password) throws Exception {
        MessageCentre centre = new MessageCentre(port, systemId, password);
        try (SMPPServerSessionListener listener = new SMPPServerSessionListener(port, new Loopback())) {
            System.out.println("{\"ready\": true}");
            while (true) {
                SMPPServerSession session = listener.accept();
                session.setMessageReceiverListener(centre);
                session.setResponseDeliveryListener(centre);
                BindRequest bind = session.waitForBind(10_000);
                if (systemId.equals(bind.getSystemId()) && password.equals(bind.getPassword())) {
                    bind.accept("centre", bind.getInterfaceVersion());
                    System.out.printf("{\"bound\": \"%s %s\"}%n", bind.getBindType(), bind.getInterfaceVersion());
                } else {
                    System.out.println("{\"refused\": true}");
                    bind.reject(SMPPConstant.STAT_ESME_RINVPASWD);
                }
            }
        }
    }
}
